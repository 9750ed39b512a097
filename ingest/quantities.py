"""The words of the field: every quantity a channel may measure, with its SI unit.

Code, SQL, YAML and HTTP use these names and no others. Values are held in `unit`;
people see `shown`. `lowest` and `highest` bound what an instrument of the kind can
mean at all; a channel's own contract is narrower.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Quantity:
    name: str
    unit: str  #: held in the store, SI
    shown: str  #: shown to people
    zh: str
    lowest: float = -inf  #: [unit]
    highest: float = inf  #: [unit]


QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity("pressure", "Pa", "MPa", "水压", -1e5, 4e6),
        Quantity("flow", "m³/s", "m³/h", "流量", -20.0, 20.0),
        Quantity("gas_pressure", "Pa", "kPa", "燃气压力", -1e4, 1e7),
        Quantity("methane", "1", "%VOL", "甲烷浓度", 0.0, 1.0),
        Quantity("ethane", "1", "%VOL", "乙烷浓度", 0.0, 1.0),
        Quantity("voltage", "V", "V", "电压", 0.0, 1e6),
        Quantity("current", "A", "A", "电流", -1e5, 1e5),
        Quantity("frequency", "Hz", "Hz", "频率", 0.0, 1e3),
        Quantity("last_gasp", "1", "1", "停电上报", 0.0, 1.0),
        Quantity("depth", "m", "cm", "积水深度", -0.5, 10.0),
        Quantity("level", "m", "m", "液位", -5.0, 100.0),
        Quantity("rain_rate", "m/s", "mm/h", "雨强", 0.0, 3e-4),
        Quantity("wind_speed", "m/s", "m/s", "风速", 0.0, 100.0),
        Quantity("sound_level", "dB", "dB", "声级", 0.0, 160.0),
        Quantity("tilt", "rad", "°", "倾角", -3.2, 3.2),
        Quantity("acceleration", "m/s²", "m/s²", "加速度", -2e3, 2e3),
        Quantity("water_contact", "1", "1", "井下水浸", 0.0, 1.0),
        Quantity("battery", "1", "%", "电量", 0.0, 1.0),
        Quantity("temperature", "K", "°C", "温度", 173.15, 1273.15),
        Quantity("humidity", "1", "%", "湿度", 0.0, 1.0),
        Quantity("signal", "dBm", "dBm", "信号强度", -200.0, 30.0),
        Quantity("chlorine", "kg/m³", "mg/L", "余氯", 0.0, 0.1),
        Quantity("turbidity", "NTU", "NTU", "浊度", 0.0, 1e4),
        Quantity("acidity", "pH", "pH", "酸碱度", 0.0, 14.0),
        Quantity("energy", "J", "kWh", "电能"),
        Quantity("volume", "m³", "m³", "累计水量"),
        Quantity("status", "1", "1", "状态"),
        Quantity("number", "1", "1", "数值"),
    )
}
