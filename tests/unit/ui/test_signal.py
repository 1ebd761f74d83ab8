from boxfit.ui.model.signal import Signal


def test_emit_calls_listeners_in_the_order_in_which_they_came() -> None:
    signal, heard = Signal(), []
    for name in "abc":
        signal.subscribe(lambda name=name: heard.append(name))
    signal.emit()
    assert heard == ["a", "b", "c"]


def test_emit_after_the_end_of_a_subscription_calls_only_the_others() -> None:
    signal, heard = Signal(), []
    end = signal.subscribe(lambda: heard.append("gone"))
    signal.subscribe(lambda: heard.append("here"))
    end()
    end()
    signal.emit()
    assert heard == ["here"]


def test_emit_where_a_listener_ends_another_does_not_call_that_one_any_more() -> None:
    signal, heard = Signal(), []
    signal.subscribe(lambda: end())
    end = signal.subscribe(lambda: heard.append("gone"))
    signal.emit()
    assert heard == []


def test_subscribe_the_same_function_twice_keeps_both_apart() -> None:
    signal, heard = Signal(), []

    def listen() -> None:
        heard.append(1)

    end = signal.subscribe(listen)
    signal.subscribe(listen)
    end()
    signal.emit()
    assert heard == [1]
