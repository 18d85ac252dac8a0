// Prints where rustc has put the payloads of enums: kind, type, variant or field, offset in bits, size in bits.
#![allow(dead_code)]
use std::mem::{size_of, size_of_val};

enum Shape { Circle(u32, u8), Square { side: u64, filled: bool }, Nothing }
#[repr(i8)]
enum Signed { Minus(u16) = -3, Plus(u32) = 7 }
enum Single { Only(u32) }
struct Holder { niche: Option<Box<u8>>, tagged: Option<u32>, symbol: Option<char>, shape: Shape, signed: Signed, single: Single,
                pair: (u8, u32), rows: [[u16; 3]; 2], wide: u128, slice: &'static [u8], text: &'static str, call: fn(i32) -> i32 }

fn call(x: i32) -> i32 { x }

fn fact<A, B>(kind: &str, of: &str, part: &str, whole: &A, field: &B) {
    let offset = field as *const B as usize - whole as *const A as usize;
    println!("{}\t{}\t{}\t{}\t{}", kind, of, part, offset * 8, size_of_val(field) * 8);
}

fn main() {
    let circle = Shape::Circle(1, 2);
    let square = Shape::Square { side: 1, filled: true };
    let signed = Signed::Minus(1);
    let plus = Signed::Plus(1);
    let single = Single::Only(1);
    let niche = Some(Box::new(1u8));
    let tagged = Some(1u32);
    if let Shape::Circle(a, b) = &circle { fact("variant", "Shape", "Circle.__0", &circle, a); fact("variant", "Shape", "Circle.__1", &circle, b); }
    if let Shape::Square { side, filled } = &square { fact("variant", "Shape", "Square.side", &square, side); fact("variant", "Shape", "Square.filled", &square, filled); }
    if let Signed::Minus(a) = &signed { fact("variant", "Signed", "Minus.__0", &signed, a); }
    if let Signed::Plus(a) = &plus { fact("variant", "Signed", "Plus.__0", &plus, a); }
    let Single::Only(a) = &single;
    fact("variant", "Single", "Only.__0", &single, a);
    let holder = Holder { niche, tagged, symbol: Some('x'), shape: circle, signed, single, pair: (1, 2), rows: [[0; 3]; 2], wide: 1, slice: &[1],
                          text: "", call };
    if let Some(a) = &holder.niche { fact("member", "niche", "Some.__0", &holder.niche, a); }
    if let Some(a) = &holder.tagged { fact("member", "tagged", "Some.__0", &holder.tagged, a); }
    if let Some(a) = &holder.symbol { fact("member", "symbol", "Some.__0", &holder.symbol, a); }
    fact("field", "Holder", "niche", &holder, &holder.niche);
    fact("field", "Holder", "tagged", &holder, &holder.tagged);
    fact("field", "Holder", "symbol", &holder, &holder.symbol);
    fact("field", "Holder", "shape", &holder, &holder.shape);
    fact("field", "Holder", "signed", &holder, &holder.signed);
    fact("field", "Holder", "single", &holder, &holder.single);
    fact("field", "Holder", "pair", &holder, &holder.pair);
    fact("field", "Holder", "rows", &holder, &holder.rows);
    fact("field", "Holder", "wide", &holder, &holder.wide);
    fact("field", "Holder", "slice", &holder, &holder.slice);
    fact("field", "Holder", "text", &holder, &holder.text);
    fact("field", "Holder", "call", &holder, &holder.call);
    println!("size\tHolder\t-\t{}\t0", size_of::<Holder>() * 8);
}
