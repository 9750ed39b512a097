"""Networks under and above the streets, and what surveys and inventories call them."""

from __future__ import annotations

from cases.words import Word


class Network(Word):
    WATER = "water", "供水"
    DRAIN = "drain", "排水"
    GAS = "gas", "燃气"
    HEAT = "heat", "热力"
    POWER = "power", "电力"
    TELECOM = "telecom", "通信"
    INDUSTRY = "industry", "工业"


#: Words of inventories, and the letters that surveys of underground pipes (CJJ 61) write.
_CALLED: dict[Network, tuple[str, ...]] = {
    Network.WATER: ("给水", "自来水", "再生水", "js"),
    Network.DRAIN: (
        "雨水",
        "污水",
        "雨污合流",
        "合流",
        "sewer",
        "drainage",
        "ps",
        "ys",
        "ws",
        "hs",
    ),
    Network.GAS: ("天然气", "煤气", "液化气", "rq", "tr", "mq", "yh"),
    Network.HEAT: ("供热", "热水", "蒸汽", "heating", "rl", "rs", "zq"),
    Network.POWER: ("供电", "路灯", "electricity", "feeder", "dl", "gd", "ld"),
    Network.TELECOM: ("电信", "telecommunications", "dx", "tx"),
    Network.INDUSTRY: ("industrial", "gy"),
}
_NETWORKS = {
    word: network for network, words in _CALLED.items() for word in (network, network.zh, *words)
}


def read_network(written: str) -> Network | None:
    """Return the network that is meant; None where none is."""
    word = written.strip().lower()
    return _NETWORKS.get(word) or _NETWORKS.get(word.removesuffix("管线").removesuffix("管道"))
