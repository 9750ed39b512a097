"""The shared case workflow: what an event becomes, who has it, until when."""
