"""Every detector by the name that rule packs use."""

from __future__ import annotations

from detectors.auto import Auto
from detectors.auto_station import AutoStation
from detectors.autoregressive import Autoregressive
from detectors.clock import Clock
from detectors.conformal import Conformal
from detectors.continuous_flow import ContinuousFlow
from detectors.cover_moved import CoverMoved
from detectors.cusum import Cusum
from detectors.detector import Detector
from detectors.energy_mean import EnergyMean
from detectors.ewma import Ewma
from detectors.flat_line import FlatLine
from detectors.foretold import Foretold
from detectors.gradual import Gradual
from detectors.lasting_step import LastingStep
from detectors.leak_signature import LeakSignature
from detectors.level import Level
from detectors.mains_voltage import MainsVoltage
from detectors.night_cusum import NightCusum
from detectors.night_flow import NightFlow
from detectors.novelty import Novelty
from detectors.page_hinkley import PageHinkley
from detectors.peers import Peers
from detectors.rate_of_rise import RateOfRise
from detectors.river_adapter import River
from detectors.seasonal import Seasonal
from detectors.shift import Shift
from detectors.spike import Spike
from detectors.state_is import StateIs
from detectors.statistical_level import StatisticalLevel
from detectors.step_along import StepAlong
from detectors.street_flood import StreetFlood
from detectors.subspace import Subspace
from detectors.time_to_limit import TimeToLimit
from detectors.together import Together
from detectors.unit_slip import UnitSlip

REGISTRY: dict[str, type[Detector]] = {
    "auto": Auto,
    "autoregressive": Autoregressive,
    "clock": Clock,
    "cover_moved": CoverMoved,
    "conformal": Conformal,
    "continuous_flow": ContinuousFlow,
    "cusum": Cusum,
    "energy_mean": EnergyMean,
    "ewma": Ewma,
    "flat_line": FlatLine,
    "gradual": Gradual,
    "lasting_step": LastingStep,
    "level": Level,
    "mains_voltage": MainsVoltage,
    "night_cusum": NightCusum,
    "night_flow": NightFlow,
    "novelty": Novelty,
    "page_hinkley": PageHinkley,
    "rate_of_rise": RateOfRise,
    "river": River,
    "seasonal": Seasonal,
    "spike": Spike,
    "state_is": StateIs,
    "statistical_level": StatisticalLevel,
    "street_flood": StreetFlood,
    "time_to_limit": TimeToLimit,
    "unit_slip": UnitSlip,
}

#: Detectors on the channels of one place side by side.
TOGETHER: dict[str, type[Together]] = {
    "auto_station": AutoStation,
    "foretold": Foretold,
    "leak_signature": LeakSignature,
    "peers": Peers,
    "shift": Shift,
    "step_along": StepAlong,
    "subspace": Subspace,
}
