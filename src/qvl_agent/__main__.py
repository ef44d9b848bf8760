"""`python -m qvl_agent` is `qvl-agent`."""

from qvl_agent.agent.cli import main

raise SystemExit(main())
