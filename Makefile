# Every target is a thin call of a Python command; each command has a --help of its own.
DATASET ?= complete_journey
AS_OF ?=
NOW ?=
CAMPAIGN ?=
CHANNEL ?=
OUT ?=
REASONS ?=
MEMORY ?=
ROWS ?=
SEED ?=
PORT ?=
# Shells have some of these names for other things: only what is given to make counts.
HOST :=
ALLOW_HOST :=
LOG :=
ROLE :=
NAME :=
LEAST ?=
TRIALS ?=
DATA ?=
ARGS ?=
ORIGINS ?=
TARGET ?=
SCORES ?=
CUSTOMER ?=
FILE ?=
FROM ?=
MONTHS ?=
LIVE ?=
RECOMMEND ?=
LIST ?=
DESTINATION ?=
AUDIENCE ?=
DRY_RUN ?=
PLAN ?=
MODE ?=
ALLOW ?=
K ?=
LONG ?=
FORM ?=
SHOW ?=
FOLLOW ?=
PREVIEW ?=
WHY ?=
WEEK ?=
OUTCOME ?=
CONTROL ?=
COST ?=
WORTH ?=
SEGMENTER ?=
MAIL ?=
SEGMENT ?=
VERDICT ?=
TEXT ?=
ID ?=
EXTRAS ?=
ENGINE ?=
# Each has a lock of its own, which holds the core's versions, too.
EXTRA := bench dev identity postgres redis spark
# The word behind `make experiment`.
DO ?= $(firstword $(filter plan start stop read,$(MAKECMDGOALS)))

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
option = $(if $($(1)),--$(2) "$($(1))")
live = $(if $(filter 0,$(LIVE)),--no-live)
each = $(foreach one,$($(1)),--$(2) "$(one)")

# One thread each: the libraries' own threads wait for each other when the machine has other work.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= PASSIVE
export HABITUS_DATA ?= $(DATA)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Bytecode is kept, whatever the shell says: without it every process compiles its libraries anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup oracles features match train backtest report promote retrain drift rollback score recommend segments kpis serve key load bento tick pull erase audience sync sent access experiment uplift policy objectives weekly note ui test long proof check quick bench-features bench-quality bench-levels bench-segments bench-serving bench-activation bench-recommend bench-postgres capacity clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  DATASET=$(DATASET) names a shipped dataset or a .toml file of yours; LIVE=0 leaves out what a service accepted."

ifneq ($(filter-out $(EXTRA),$(EXTRAS)),)
$(error No extra is named "$(filter-out $(EXTRA),$(EXTRAS))"; there are $(filter-out bench dev,$(EXTRA)))
endif
setup: .venv/.core $(EXTRAS:%=.venv/.%) ## Create the environment from the hash-locked requirements (the targets below do it by themselves) [EXTRAS="identity postgres redis spark"]

oracles: .venv-oracles/.done ## Install vendors' own libraries and a store like S3, apart from the rest: tests hold us beside them

features: .venv/.core ## Write the features of every customer         [DATASET= AS_OF= NOW= OUT= MEMORY= ENGINE=spark]
	$(RUN) features.build $(call option,ENGINE,engine) $(call option,DATASET,dataset) $(call option,AS_OF,as-of) $(call option,NOW,now) $(call option,OUT,out) $(call option,MEMORY,memory) $(live)

match: .venv/.identity ## Propose customers who are one person  [DATASET= OUT= LEAST= NOW= MEMORY=]
	$(RUN) features.match "$(DATASET)" $(call option,OUT,out) $(call option,LEAST,least) $(call option,NOW,now) $(call option,MEMORY,memory)

train: .venv/.core ## Train everything and register the challenger [DATASET= TRIALS= REFIT=1 RECOMMEND=0 NOW= MEMORY= ROWS= SEED=]
	$(RUN) training.train $(call option,DATASET,dataset) $(if $(ALLOW_SMALL),--allow-small) $(if $(REFIT),--refit) $(if $(filter 0,$(RECOMMEND)),--no-recommend) $(call option,TRIALS,trials) $(call option,MEMORY,memory) $(call option,ROWS,rows) $(call option,SEED,seed) $(call option,NOW,now) $(live)

backtest: .venv/.core ## Replay the past beside what happened         [DATASET= ORIGINS= TARGET= SCORES= NOW= MEMORY= ROWS= SEED=]
	$(RUN) training.backtest $(call option,DATASET,dataset) $(call option,ORIGINS,origins) $(call each,TARGET,target) $(call each,SCORES,scores) $(if $(ALLOW_SMALL),--allow-small) $(call option,MEMORY,memory) $(call option,ROWS,rows) $(call option,SEED,seed) $(call option,NOW,now) $(live)

report: .venv/.core ## Open the newest training's report               [DATASET=]
	$(RUN) training.report $(call option,DATASET,dataset)

promote: .venv/.core ## Make the challenger champion, if it passes       [DATASET= FORCE=1 UNEXAMINED=1 NOW= MEMORY=]
	$(RUN) training.promote $(call option,DATASET,dataset) $(if $(FORCE),--force) $(if $(UNEXAMINED),--unexamined) $(call option,MEMORY,memory) $(call option,NOW,now) $(live)

retrain: .venv/.core ## Train, examine, say what would change; for cron [DATASET= PROMOTE=1 NOW= MEMORY= ROWS= SEED=]
	$(RUN) training.retrain $(call option,DATASET,dataset) $(if $(PROMOTE),--promote) $(if $(ALLOW_SMALL),--allow-small) $(call option,MEMORY,memory) $(call option,ROWS,rows) $(call option,SEED,seed) $(call option,NOW,now) $(live)

drift: .venv/.core ## Data, predictions, KPIs, forecasts, arms: as they were? [DATASET= SCORES= OUT= NOW= MEMORY=]
	$(RUN) activation.drift $(call option,DATASET,dataset) $(call each,SCORES,scores) $(call option,OUT,out) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

rollback: .venv/.core ## Return to the champion before                 [DATASET=]
	$(RUN) training.rollback $(call option,DATASET,dataset)

score: .venv/.core ## Write predictions and segments of everyone   [DATASET= AS_OF= NOW= CAMPAIGN= OUT= REASONS=0 MEMORY= ENGINE=spark]
	$(RUN) serving.score $(call option,ENGINE,engine) $(call option,DATASET,dataset) $(call option,AS_OF,as-of) $(call option,NOW,now) $(call option,CAMPAIGN,campaign) $(call option,CHANNEL,channel) $(call option,OUT,out) $(if $(filter 0,$(REASONS)),--no-reasons) $(call option,MEMORY,memory) $(live)

recommend: .venv/.core ## Write what everyone is offered             [DATASET= AS_OF= LIST= K= NOW= OUT= MEMORY=]
	$(RUN) serving.recommend $(call option,DATASET,dataset) $(call option,AS_OF,as-of) $(call each,LIST,list) $(call option,K,k) $(call option,OUT,out) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

segments: .venv/.core ## Segments month by month: who moved where   [DATASET= FROM= MONTHS= SCORES= OUT= NOW= MEMORY=]
	$(RUN) training.segments $(call option,DATASET,dataset) $(call option,FROM,from) $(call option,MONTHS,months) $(call each,SCORES,scores) $(call option,OUT,out) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

kpis: .venv/.core ## What each segment did, with intervals      [DATASET= FROM= TO= SEGMENTER= OUT= NOW= MEMORY=]
	$(RUN) training.kpis $(call option,DATASET,dataset) $(call option,FROM,from) $(call option,TO,to) $(call option,SEGMENTER,segmenter) $(call option,OUT,out) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

serve: .venv/.core ## Answer for one customer over HTTP            [DATASET= AS_OF= HOST= PORT= ALLOW_HOST= LOG=1 MEMORY=]
	exec $(RUN) serving.serve $(call option,DATASET,dataset) $(call option,AS_OF,as-of) $(call option,HOST,host) $(call option,PORT,port) $(call each,ALLOW_HOST,allow-host) $(if $(LOG),--log) $(call option,MEMORY,memory)

key: .venv/.core ## Make a key for the service, shown once        [ROLE=read|write|admin NAME=]
	@$(RUN) serving.keys new $(call option,ROLE,role) $(call option,NAME,name)

load: .venv/.core ## Store what files hold now; a service takes it up [DATASET= SINCE=1 NOW= MEMORY=]
	$(RUN) serving.load $(call option,DATASET,dataset) $(if $(SINCE),--since) $(call option,NOW,now) $(call option,MEMORY,memory)

bento: .venv/.core ## Make a Bento, which runs in an empty folder  [DATASET=]
	$(RUN) serving.bento $(call option,DATASET,dataset)

tick: .venv/.core ## Decide and send what workflows have due   [DATASET= SHOW=1 FOLLOW=1 NOW= MEMORY=]
	$(if $(FOLLOW),exec )$(RUN) activation.tick $(call option,DATASET,dataset) $(if $(SHOW),--show) $(if $(FOLLOW),--follow) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

pull: .venv/.core ## Bring back what a destination knows     [DATASET= DESTINATION= FILE= FORM= NOW=]
	$(RUN) activation.pull $(call option,DATASET,dataset) $(call option,DESTINATION,destination) $(call option,FILE,file) $(call option,FORM,form) $(call option,NOW,now)

erase: .venv/.core ## Forget people everywhere, and prove it    [DATASET= CUSTOMER= FILE= NOW= MEMORY=]
	$(RUN) activation.erase $(call option,DATASET,dataset) $(call option,CUSTOMER,customer) $(call option,FILE,file) $(call option,NOW,now) $(call option,MEMORY,memory)

audience: .venv/.core ## Who is contacted for what: shown, frozen, written [DATASET= NAME= OUT= SCORES= PREVIEW= WHY= ID= NOW= MEMORY=]
	$(RUN) activation.audience $(call option,DATASET,dataset) $(call option,SCORES,scores) $(call option,NAME,name) $(call option,OUT,out) $(call option,PREVIEW,preview) $(call option,WHY,why) $(call option,ID,id) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

sync: .venv/.core ## Bring audiences to a destination               [DATASET= DESTINATION= AUDIENCE= DRY_RUN=1 PLAN= MODE= ALLOW= OUT=]
	$(RUN) activation.sync $(call option,DATASET,dataset) $(call option,DESTINATION,destination) $(call option,AUDIENCE,audience) $(if $(DRY_RUN),--dry-run) $(call option,PLAN,plan) $(call option,MODE,mode) $(call option,ALLOW,allow) $(call option,OUT,out) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

sent: .venv/.core ## Write who was sent what when                [DATASET= AUDIENCE= OUT=]
	$(RUN) activation.sent $(call option,DATASET,dataset) $(call option,AUDIENCE,audience) $(call option,OUT,out)

access: .venv/.core ## Write all that is known of a customer     [DATASET= CUSTOMER= OUT= NOW=]
	$(RUN) activation.access $(call option,DATASET,dataset) $(call option,CUSTOMER,customer) $(call option,OUT,out) $(call option,NOW,now)

experiment: .venv/.core ## plan, start, stop or read an experiment  [DATASET= NAME= FILE= AS_OF= OUT= NOW= MEMORY=]
	$(RUN) activation.experiment $(DO) $(call option,NAME,name) $(call option,DATASET,dataset) $(call option,FILE,file) $(call option,AS_OF,as-of) $(call option,OUT,out) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

.PHONY: plan start stop read
plan start stop read: experiment
	@:

uplift: .venv/.core ## Whom an experiment's actions help          [DATASET= NAME= OUTCOME= CONTROL= COST=mail=.1 WORTH= SEGMENTER= OUT= SEED= NOW= MEMORY=]
	$(RUN) activation.uplift $(call option,NAME,name) $(call option,DATASET,dataset) $(call option,OUTCOME,outcome) $(call option,CONTROL,control) $(call each,COST,cost) $(call option,WORTH,worth) $(call option,SEGMENTER,segmenter) $(call option,OUT,out) $(call option,SEED,seed) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

policy: .venv/.core ## What a policy brings, by what it explored   [DATASET= NAME= AUDIENCE= OUTCOME=spend_28d COST=mail=.1 WORTH= NOW= MEMORY=]
	$(RUN) activation.policy $(call option,NAME,name) $(call option,DATASET,dataset) $(call option,AUDIENCE,audience) $(call option,OUTCOME,outcome) $(call each,COST,cost) $(call option,WORTH,worth) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

objectives: .venv/.core ## Whether objectives are on track           [DATASET= NOW= MEMORY=]
	$(RUN) activation.objectives $(call option,DATASET,dataset) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

weekly: .venv/.core ## What changed in the week: a page, and a mail [DATASET= WEEK= MAIL= NOW= MEMORY=]
	$(RUN) activation.weekly $(call option,DATASET,dataset) $(call option,WEEK,week) $(call option,MAIL,mail) $(call option,NOW,now) $(call option,MEMORY,memory) $(live)

note: .venv/.core ## Take down what sales or service say       [DATASET= SEGMENT= CAMPAIGN= VERDICT=useful|wrong TEXT= FILE=]
	$(RUN) training.notes $(call option,DATASET,dataset) $(call option,SEGMENT,segment) $(call option,CAMPAIGN,campaign) $(call option,VERDICT,verdict) $(call option,TEXT,text) $(call option,FILE,file) $(call option,NOW,now)

ui: .venv/.core ## Compare the runs in MLflow's pages           [DATASET= PORT=]
	exec $(RUN) training.ui $(call option,DATASET,dataset) $(call option,PORT,port)

test: .venv/.dev ## Run the tests, but those that take minutes      [LONG=1]
	$(RUN) pytest -m "$(if $(LONG),,not long and )not proof"

long: .venv/.dev ## Run the tests that take minutes
	$(RUN) pytest -m long

proof: .venv/.dev ## Run the proofs of the service in full: kills, swaps, overload, an image's commands
	$(RUN) pytest -m proof

check: .venv/.dev ## Format, lint, types, import contracts, tests, notebooks; with LONG=1 all that CI does [LONG=1]
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

quick: .venv/.dev ## What a changed line needs: format, lint, types, contracts, the tests nearest to it, in a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(RUN) tests.quick $(ARGS)

bench-features: .venv/.bench ## Measure speed and memory beside Polars and DuckDB [ARGS=]
	$(RUN) benchmarks.features $(ARGS)

bench-quality: .venv/.dev ## Compare the models with published figures  [DATA= ARGS=]
	$(RUN) benchmarks.quality $(ARGS)

bench-levels: .venv/.dev ## Replay the past: what holds of probabilities and sums [DATA= ARGS=]
	$(RUN) benchmarks.levels $(ARGS)

bench-segments: .venv/.dev ## Whether segments stay themselves, and are of use [DATA= ARGS=]
	$(RUN) benchmarks.segments $(ARGS)
	$(RUN) benchmarks.succession

bench-serving: .venv/.dev ## What an answer costs, beside FastAPI and MLflow's server [DATASET= ARGS=]
	$(RUN) benchmarks.serving $(call option,DATASET,dataset) $(ARGS)

bench-activation: .venv/.dev ## A million rows planned against a million acknowledged [ARGS=]
	$(RUN) benchmarks.activation $(ARGS)

bench-recommend: .venv/.dev ## What lists find, beside all baselines             [DATA= ARGS=]
	$(RUN) benchmarks.recommend $(ARGS)

bench-postgres: .venv/.dev .venv/.postgres ## Rows into PostgreSQL and out of it, in what memory [OUT=postgresql://…/table ARGS=]
	$(RUN) benchmarks.postgres $(OUT) $(ARGS)

capacity: .venv/.core ## What a large business needs, from what the benches measured
	@$(RUN) benchmarks.capacity

clean: ## Remove caches and compiled kernels; never the runs, the registry or the stored events
	rm -rf .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/.core: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}. Try make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(RUN) pip install --quiet --no-compile --require-hashes -r requirements.lock
	$(RUN) pip install --quiet --no-deps --no-build-isolation --editable .
	$(RUN) pip --quiet uninstall --yes setuptools # venv brings it along on Python 3.11; nothing needs it
	touch $@

$(EXTRA:%=.venv/.%): .venv/.%: requirements-%.lock .venv/.core
	$(RUN) pip install --quiet --no-compile --require-hashes -r $<
	touch $@

.venv-oracles/.done: requirements-oracles.lock
	test -x .venv-oracles/bin/python || $(PYTHON) -m venv .venv-oracles
	.venv-oracles/bin/python -m pip install --quiet --no-compile --require-hashes -r requirements-oracles.lock
	touch $@
