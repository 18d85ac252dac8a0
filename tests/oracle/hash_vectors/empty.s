// SPDX-License-Identifier: MIT
// Lets the compiler take functions without a body.
