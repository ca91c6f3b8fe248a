"""The API's routes, a file a subject. A route is: typed input, one call, typed output."""
