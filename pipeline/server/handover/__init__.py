"""The hand-over of a server's port to the next server on the same machine, so that a deploy turns no call away.

A server that starts on an address of another one of the same user and the same configs asks it, over a Unix socket, for
its listening sockets (`claim`). Once it is ready, the other stops accepting, and finishes its calls. A connection that
waits in the sockets' queue is not lost, as the queue belongs to both. From then on each of the two passes the requests
of the other's calls on, with their connections: the stream of a webhook that the old server answered, a callback after
a call's end, and new calls on a connection that a proxy has kept open to the old server.
"""
