import Progress

/// Is told how many bytes are done, and how many there are in all: by `initParams`, and by what saves and loads.
///
///     let params = net.initParams(PRNGKey(0), inputs, progress: showProgress("initialising"))
///     try params.save(to: path, progress: showProgress("saving"))
///     let loaded = try net.loadParams(from: path, inputs, progress: showProgress("loading"))
public typealias ProgressHandler = (_ done: Int, _ total: Int) -> Void
