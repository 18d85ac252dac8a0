// The example of the README: a struct as people write them.
struct connection {
    char state;
    void *buffer;
    short port;
    long received;
    int descriptor;
};

struct connection keep_connection;
