"""Ports of a stack: each free, each another."""

import socket

from service.stack.ports import TAKEN_BY_RAY, free_ports, is_free, preferred_port


def test_ports_chosen_together_are_all_different() -> None:
    ports = free_ports(500)  # asked for one by one, two of so many would be the same
    assert len(set(ports)) == 500
    assert not set(ports) & set(TAKEN_BY_RAY)


def test_no_port_is_given_to_two_parts_of_a_stack() -> None:
    (port,) = free_ports(1)
    assert preferred_port(port) == port
    assert preferred_port(port, besides=[port]) != port


def test_a_port_in_use_is_replaced_by_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        other = preferred_port(taken)
        assert other != taken
        assert is_free(other)
