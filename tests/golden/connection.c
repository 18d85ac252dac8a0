struct connection {
    char state;
    void *buffer;
    short port;
    long received;
    int descriptor;
};

// The example of the README: a struct as people write them.
struct connection keep_connection;
