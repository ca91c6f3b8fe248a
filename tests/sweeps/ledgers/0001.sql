BEGIN TRANSACTION;
CREATE TABLE epochs (
	id INTEGER NOT NULL, 
	sweep_id INTEGER NOT NULL, 
	phase VARCHAR(20) NOT NULL, 
	trial INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	metrics JSON NOT NULL, 
	CONSTRAINT pk_epochs PRIMARY KEY (id), 
	CONSTRAINT fk_epochs_sweep_id_trial FOREIGN KEY(sweep_id, trial) REFERENCES trials (sweep_id, number) ON DELETE CASCADE, 
	CONSTRAINT uq_epochs_sweep_id_trial_phase_seed_epoch UNIQUE (sweep_id, trial, phase, seed, epoch)
);
INSERT INTO "epochs" VALUES(1,1,'search',0,0,1,1.79556193454946160315e+09,'{"train_loss": 2.5194790363311768, "train_accuracy": 0.03099999949336052, "validation_loss": 2.4583344675522647, "validation_accuracy": 0.0313588850174216}');
INSERT INTO "epochs" VALUES(2,1,'search',2,0,1,1.79556193454946160315e+09,'{"train_loss": 2.4716153144836426, "train_accuracy": 0.04899999871850014, "validation_loss": 2.322464680422474, "validation_accuracy": 0.10104529616724739}');
INSERT INTO "epochs" VALUES(3,1,'search',1,0,1,1.79556193454946160315e+09,'{"train_loss": 2.5023653507232666, "train_accuracy": 0.035999998450279236, "correlation_1": 0.09132454544305801, "correlation_2": 0.1753910630941391, "validation_loss": 2.4188538660986496, "validation_accuracy": 0.041811846689895474}');
INSERT INTO "epochs" VALUES(4,1,'search',3,0,1,1.79556193454946160315e+09,'{"train_loss": 2.527088165283203, "train_accuracy": 0.03099999949336052, "correlation_1": 0.17597657442092896, "correlation_2": 0.3251672089099884, "validation_loss": 2.4834139621216247, "validation_accuracy": 0.024390243902439025}');
INSERT INTO "epochs" VALUES(5,1,'search',4,0,1,1.79556193500708150866e+09,'{"train_loss": 2.5258193016052246, "train_accuracy": 0.03099999949336052, "validation_loss": 2.479391383792465, "validation_accuracy": 0.024390243902439025}');
INSERT INTO "epochs" VALUES(6,1,'search',6,0,1,1.79556193500708150866e+09,'{"train_loss": 2.5244624614715576, "train_accuracy": 0.03099999949336052, "validation_loss": 2.475009612505444, "validation_accuracy": 0.0313588850174216}');
INSERT INTO "epochs" VALUES(7,1,'search',5,0,1,1.79556193500708150866e+09,'{"train_loss": 2.5252583026885986, "train_accuracy": 0.03099999949336052, "correlation_1": 0.16585902869701385, "correlation_2": 0.3157494366168976, "validation_loss": 2.476422565739329, "validation_accuracy": 0.027874564459930314}');
INSERT INTO "epochs" VALUES(8,1,'search',7,0,1,1.79556193500708150866e+09,'{"train_loss": 2.4647467136383057, "train_accuracy": 0.04899999871850014, "correlation_1": 0.1099984347820282, "correlation_2": 0.18407738208770752, "validation_loss": 2.312801347792356, "validation_accuracy": 0.11149825783972125}');
INSERT INTO "epochs" VALUES(9,1,'confirmation',2,1000000,1,1.79556193546806931501e+09,'{"train_loss": 2.2596325874328613, "train_accuracy": 0.09200000017881393, "validation_loss": 2.209277854148519, "validation_accuracy": 0.14634146341463414, "test_loss": 2.1922088623046876, "test_accuracy": 0.12222222222222222}');
INSERT INTO "epochs" VALUES(10,1,'confirmation',7,1000000,1,1.79556193546806931501e+09,'{"train_loss": 2.2669837474823, "train_accuracy": 0.08699999749660492, "correlation_1": 0.11193965375423431, "correlation_2": 0.13899292051792145, "validation_loss": 2.2420735109973866, "validation_accuracy": 0.13240418118466898, "test_loss": 2.2210154215494793, "test_accuracy": 0.11388888888888889}');
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	sweep_id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	data JSON NOT NULL, 
	CONSTRAINT fk_events_sweep_id FOREIGN KEY(sweep_id) REFERENCES sweeps (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(1,1,1.79556193163523840905e+09,'sweep.state','{"state": "queued"}');
INSERT INTO "events" VALUES(2,1,1.79556193164624261849e+09,'sweep.state','{"state": "starting", "reason": null}');
INSERT INTO "events" VALUES(3,1,1.7955619316471507549e+09,'sweep.state','{"state": "running", "reason": null}');
INSERT INTO "events" VALUES(4,1,1.79556193456631588934e+09,'trial.finished','{"number": 0, "arm": "np", "state": "completed", "value": 0.0313588850174216}');
INSERT INTO "events" VALUES(5,1,1.79556193456646299359e+09,'trial.finished','{"number": 2, "arm": "np", "state": "completed", "value": 0.10104529616724739}');
INSERT INTO "events" VALUES(6,1,1.79556193456654405592e+09,'trial.finished','{"number": 1, "arm": "danp", "state": "completed", "value": 0.041811846689895474}');
INSERT INTO "events" VALUES(7,1,1.79556193456661510468e+09,'trial.finished','{"number": 3, "arm": "danp", "state": "completed", "value": 0.024390243902439025}');
INSERT INTO "events" VALUES(8,1,1.79556193501776123044e+09,'trial.finished','{"number": 4, "arm": "np", "state": "completed", "value": 0.024390243902439025}');
INSERT INTO "events" VALUES(9,1,1.7955619350179190636e+09,'trial.finished','{"number": 6, "arm": "np", "state": "completed", "value": 0.0313588850174216}');
INSERT INTO "events" VALUES(10,1,1.79556193501799893374e+09,'trial.finished','{"number": 5, "arm": "danp", "state": "completed", "value": 0.027874564459930314}');
INSERT INTO "events" VALUES(11,1,1.79556193501806855197e+09,'trial.finished','{"number": 7, "arm": "danp", "state": "completed", "value": 0.11149825783972125}');
INSERT INTO "events" VALUES(12,1,1.79556193501941013333e+09,'sweep.state','{"state": "confirming", "reason": null}');
INSERT INTO "events" VALUES(13,1,1.79556193546997761726e+09,'confirmation.finished','{"arm": "np", "trial": 2, "seed": 1000000, "state": "completed", "metrics": {"train_loss": 2.2596325874328613, "train_accuracy": 0.09200000017881393, "validation_loss": 2.209277854148519, "validation_accuracy": 0.14634146341463414, "test_loss": 2.1922088623046876, "test_accuracy": 0.12222222222222222}}');
INSERT INTO "events" VALUES(14,1,1.79556193547010755533e+09,'confirmation.finished','{"arm": "danp", "trial": 7, "seed": 1000000, "state": "completed", "metrics": {"train_loss": 2.2669837474823, "train_accuracy": 0.08699999749660492, "correlation_1": 0.11193965375423431, "correlation_2": 0.13899292051792145, "validation_loss": 2.2420735109973866, "validation_accuracy": 0.13240418118466898, "test_loss": 2.2210154215494793, "test_accuracy": 0.11388888888888889}}');
INSERT INTO "events" VALUES(15,1,1.79556193548140287396e+09,'sweep.state','{"state": "completed", "reason": null}');
CREATE TABLE members (
	sweep_id INTEGER NOT NULL, 
	phase VARCHAR(20) NOT NULL, 
	trial INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	epoch INTEGER NOT NULL, 
	metrics JSON, 
	failures INTEGER NOT NULL, 
	reason TEXT, 
	device_seconds FLOAT NOT NULL, 
	CONSTRAINT pk_members PRIMARY KEY (sweep_id, phase, trial, seed), 
	CONSTRAINT fk_members_sweep_id_trial FOREIGN KEY(sweep_id, trial) REFERENCES trials (sweep_id, number) ON DELETE CASCADE
);
INSERT INTO "members" VALUES(1,'search',0,0,'completed',1,'{"train_loss": 2.5194790363311768, "train_accuracy": 0.03099999949336052, "validation_loss": 2.4583344675522647, "validation_accuracy": 0.0313588850174216}',0,NULL,9.6528420000367987086e-03);
INSERT INTO "members" VALUES(1,'search',2,0,'completed',1,'{"train_loss": 2.4716153144836426, "train_accuracy": 0.04899999871850014, "validation_loss": 2.322464680422474, "validation_accuracy": 0.10104529616724739}',0,NULL,9.6528420000367987086e-03);
INSERT INTO "members" VALUES(1,'search',1,0,'completed',1,'{"train_loss": 2.5023653507232666, "train_accuracy": 0.035999998450279236, "correlation_1": 0.09132454544305801, "correlation_2": 0.1753910630941391, "validation_loss": 2.4188538660986496, "validation_accuracy": 0.041811846689895474}',0,NULL,1.43902165000326931476e-02);
INSERT INTO "members" VALUES(1,'search',3,0,'completed',1,'{"train_loss": 2.527088165283203, "train_accuracy": 0.03099999949336052, "correlation_1": 0.17597657442092896, "correlation_2": 0.3251672089099884, "validation_loss": 2.4834139621216247, "validation_accuracy": 0.024390243902439025}',0,NULL,1.43902165000326931476e-02);
INSERT INTO "members" VALUES(1,'search',4,0,'completed',1,'{"train_loss": 2.5258193016052246, "train_accuracy": 0.03099999949336052, "validation_loss": 2.479391383792465, "validation_accuracy": 0.024390243902439025}',0,NULL,9.09928099997614481253e-03);
INSERT INTO "members" VALUES(1,'search',6,0,'completed',1,'{"train_loss": 2.5244624614715576, "train_accuracy": 0.03099999949336052, "validation_loss": 2.475009612505444, "validation_accuracy": 0.0313588850174216}',0,NULL,9.09928099997614481253e-03);
INSERT INTO "members" VALUES(1,'search',5,0,'completed',1,'{"train_loss": 2.5252583026885986, "train_accuracy": 0.03099999949336052, "correlation_1": 0.16585902869701385, "correlation_2": 0.3157494366168976, "validation_loss": 2.476422565739329, "validation_accuracy": 0.027874564459930314}',0,NULL,8.67059200004405283834e-03);
INSERT INTO "members" VALUES(1,'search',7,0,'completed',1,'{"train_loss": 2.4647467136383057, "train_accuracy": 0.04899999871850014, "correlation_1": 0.1099984347820282, "correlation_2": 0.18407738208770752, "validation_loss": 2.312801347792356, "validation_accuracy": 0.11149825783972125}',0,NULL,8.67059200004405283834e-03);
INSERT INTO "members" VALUES(1,'confirmation',2,1000000,'completed',1,'{"train_loss": 2.2596325874328613, "train_accuracy": 0.09200000017881393, "validation_loss": 2.209277854148519, "validation_accuracy": 0.14634146341463414, "test_loss": 2.1922088623046876, "test_accuracy": 0.12222222222222222}',0,NULL,2.23626600018178578466e-03);
INSERT INTO "members" VALUES(1,'confirmation',7,1000000,'completed',1,'{"train_loss": 2.2669837474823, "train_accuracy": 0.08699999749660492, "correlation_1": 0.11193965375423431, "correlation_2": 0.13899292051792145, "validation_loss": 2.2420735109973866, "validation_accuracy": 0.13240418118466898, "test_loss": 2.2210154215494793, "test_accuracy": 0.11388888888888889}',0,NULL,1.17703250000431580701e-02);
CREATE TABLE npsweep_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT npsweep_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "npsweep_version" VALUES('0001');
CREATE TABLE sweeps (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	team_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	spec JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT, 
	attempt INTEGER NOT NULL, 
	heartbeat_at FLOAT, 
	stop_requested_at FLOAT, 
	created_at FLOAT NOT NULL, 
	started_at FLOAT, 
	finished_at FLOAT, 
	report JSON, 
	tracking_id VARCHAR(64), 
	tracked_state VARCHAR(20), 
	tracked_epoch INTEGER NOT NULL, 
	CONSTRAINT fk_sweeps_team_id FOREIGN KEY(team_id) REFERENCES teams (id), 
	CONSTRAINT fk_sweeps_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "sweeps" VALUES(1,1,1,'small','{"name": "small", "notes": "", "data": {"name": "digits"}, "network": {"kind": "dense", "hidden": [8], "activation": "leaky_relu"}, "training": {"epochs": 1, "batch_size": 500, "optimiser": {"name": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08, "decay": 1.0}, "loss": "cross_entropy", "system_noise": 0.0}, "search": {"space": {}, "sampler": {"name": "tpe", "startup_trials": 2, "candidates": 24, "multivariate": true, "group": false, "constant_liar": true}, "pruner": {"name": "none"}}, "budget": {"trials": 4}, "replicates": 1, "confirmation": {"seeds": 1}, "seed": 0, "lanes": "auto", "trials_per_lane": "auto", "compare": [{"name": "np", "rule": {"noise_passes": 1, "antithetic": false, "noise_distribution": "gaussian", "name": "np"}, "decorrelation": null, "fixed": {}, "space": {"learning_rate": {"kind": "float", "low": 0.0001, "high": 0.03, "log": true}, "noise_scale": {"kind": "float", "low": 1e-05, "high": 0.1, "log": true}}}, {"name": "danp", "rule": {"noise_passes": 1, "antithetic": false, "noise_distribution": "gaussian", "name": "anp"}, "decorrelation": {"batch_fraction": 0.1, "interval": 1, "whitening": 0.0}, "fixed": {}, "space": {"decorrelation_rate": {"kind": "float", "low": 1e-05, "high": 0.03, "log": true}, "learning_rate": {"kind": "float", "low": 0.0001, "high": 0.03, "log": true}, "noise_scale": {"kind": "float", "low": 1e-05, "high": 0.1, "log": true}}}]}','completed',NULL,1,1.7955619354709489346e+09,NULL,1.79556193163459205629e+09,1.79556193164666771889e+09,1.79556193548074555397e+09,NULL,NULL,NULL,0);
CREATE TABLE teams (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_teams PRIMARY KEY (id), 
	CONSTRAINT uq_teams_name UNIQUE (name)
);
INSERT INTO "teams" VALUES(1,'default',1.79556193162994742395e+09);
CREATE TABLE tokens (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	created_at FLOAT NOT NULL, 
	expires_at FLOAT, 
	revoked_at FLOAT, 
	last_used_at FLOAT, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_tokens_hash UNIQUE (hash)
);
INSERT INTO "tokens" VALUES(1,1,'first','281dec3d12188f1eab522b384be1a0965f099a6db8cde9faf146a4bdee632975',1.79556193163090467446e+09,NULL,NULL,1.79556193163147115709e+09);
CREATE TABLE trials (
	sweep_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	arm INTEGER NOT NULL, 
	arm_number INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	configuration JSON NOT NULL, 
	value FLOAT, 
	spread FLOAT, 
	epoch INTEGER NOT NULL, 
	reason TEXT, 
	attempt INTEGER NOT NULL, 
	created_at FLOAT NOT NULL, 
	started_at FLOAT, 
	finished_at FLOAT, 
	device_seconds FLOAT NOT NULL, 
	tracking_id VARCHAR(64), 
	tracked_state VARCHAR(20), 
	CONSTRAINT pk_trials PRIMARY KEY (sweep_id, number), 
	CONSTRAINT fk_trials_sweep_id FOREIGN KEY(sweep_id) REFERENCES sweeps (id) ON DELETE CASCADE, 
	CONSTRAINT uq_trials_sweep_id_arm_arm_number UNIQUE (sweep_id, arm, arm_number)
);
INSERT INTO "trials" VALUES(1,0,0,0,'completed','{"learning_rate": 0.002121995851392191, "noise_scale": 0.001870077424952589}',0.0313588850174216,NULL,1,NULL,1,1.79556193443890595431e+09,1.79556193443928098678e+09,1.79556193450200605394e+09,9.6528420000367987086e-03,NULL,NULL);
INSERT INTO "trials" VALUES(1,2,0,1,'completed','{"learning_rate": 0.012931277805460125, "noise_scale": 0.0012303933872792271}',1.01045296167247389274e-01,NULL,1,NULL,1,1.79556193443981266027e+09,1.79556193443990468982e+09,1.7955619345022230148e+09,9.6528420000367987086e-03,NULL,NULL);
INSERT INTO "trials" VALUES(1,1,1,0,'completed','{"decorrelation_rate": 0.02421110184294612, "learning_rate": 0.0007890949669470847, "noise_scale": 0.08106186894973118}',4.18118466898954738164e-02,NULL,1,NULL,1,1.79556193445119571684e+09,1.79556193445141839982e+09,1.79556193454826402665e+09,1.43902165000326931476e-02,NULL,NULL);
INSERT INTO "trials" VALUES(1,3,1,1,'completed','{"decorrelation_rate": 3.760988390728149e-05, "learning_rate": 0.0005263849857641044, "noise_scale": 0.03238537364426286}',2.43902439024390252364e-02,NULL,1,NULL,1,1.79556193445188498492e+09,1.79556193445196080214e+09,1.79556193454843425754e+09,1.43902165000326931476e-02,NULL,NULL);
INSERT INTO "trials" VALUES(1,4,0,2,'completed','{"learning_rate": 0.0008174066029021837, "noise_scale": 0.0003071681689652829}',2.43902439024390252364e-02,NULL,1,NULL,1,1.79556193448082160955e+09,1.79556193450246262552e+09,1.79556193458535408974e+09,9.09928099997614481253e-03,NULL,NULL);
INSERT INTO "trials" VALUES(1,6,0,3,'completed','{"learning_rate": 0.0010835040981760158, "noise_scale": 0.08232023154299924}',0.0313588850174216,NULL,1,NULL,1,1.79556193448149418829e+09,1.79556193450249338156e+09,1.79556193458552074432e+09,9.09928099997614481253e-03,NULL,NULL);
INSERT INTO "trials" VALUES(1,5,1,2,'completed','{"decorrelation_rate": 0.0021890832409993547, "learning_rate": 0.0004550644425951588, "noise_scale": 0.0003384701413992963}',2.78745644599303135646e-02,NULL,1,NULL,1,1.79556193448198342325e+09,1.79556193454872202877e+09,1.79556193480564689631e+09,8.67059200004405283834e-03,NULL,NULL);
INSERT INTO "trials" VALUES(1,7,1,3,'completed','{"decorrelation_rate": 0.017120774725718473, "learning_rate": 0.011652368595963447, "noise_scale": 3.8873377330688686e-05}',1.11498257839721254258e-01,NULL,1,NULL,1,1.79556193448239922528e+09,1.79556193454875636099e+09,1.79556193480584192273e+09,8.67059200004405283834e-03,NULL,NULL);
CREATE TABLE users (
	id INTEGER NOT NULL, 
	team_id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT fk_users_team_id FOREIGN KEY(team_id) REFERENCES teams (id), 
	CONSTRAINT uq_users_team_id_name UNIQUE (team_id, name)
);
INSERT INTO "users" VALUES(1,1,'admin','admin',1.79556193163043022152e+09);
CREATE INDEX ix_sweeps_state ON sweeps (state);
CREATE INDEX ix_sweeps_team_id_id ON sweeps (team_id, id);
CREATE INDEX ix_events_sweep_id_id ON events (sweep_id, id);
CREATE INDEX ix_epochs_sweep_id_id ON epochs (sweep_id, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sweeps',1);
INSERT INTO "sqlite_sequence" VALUES('events',15);
COMMIT;
