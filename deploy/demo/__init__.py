"""`lifeline demo`: a simulated district over real MQTT; each problem must become one case."""
