using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.Hosting.Stores;
using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// A saved server is the server of a job with its store: what a step changes goes to the disk first, and its messages into mailboxes then. Where the disk fails in between, the server
/// is thrown away, and goes on from what is saved.
/// </summary>
/// <remarks>One thread at a time uses it, except for what says that any thread may.</remarks>
internal sealed class SavedServer : IDisposable
{
    private readonly string _name;
    private readonly AuditParts _auditParts;
    private readonly IServerStore _store;
    private readonly StateFiles _files;
    private readonly FederationServerSetup _setup;
    private readonly JobParties _parties;
    private readonly Deliveries _deliveries;
    private readonly JobWatch _watch;
    private readonly MetricBoard _metrics;
    private readonly ILogger _logger;
    private readonly RetryPause _pause;
    private readonly List<ServerStep> _steps = [];

    // Null after the disk failed, until the saved state was opened again.
    private FederationServer? _server;
    private AuditTrail _audit;
    private JobStatus _status;

    /// <summary>Takes a server that was opened from its store over.</summary>
    public SavedServer(
        string name,
        AuditParts auditParts,
        StateFiles files,
        FederationServerSetup setup,
        FederationServer server,
        AuditTrail audit,
        JobParties parties,
        Deliveries deliveries,
        JobWatch watch,
        MetricBoard metrics,
        ILogger logger)
    {
        (_name, _auditParts, _store, _files, _setup, _server, _audit) = (name, auditParts, auditParts.Store, files, setup, server, audit);
        (_parties, _deliveries, _watch, _metrics, _logger) = (parties, deliveries, watch, metrics, logger);
        _pause = new RetryPause(setup.Time);
        _status = JobStatus.Of(server, audit.Spent, setup.Time);
    }

    /// <summary>Is called when the server has entered another epoch, whose parties are known by then.</summary>
    public event Action? EpochBegun;

    /// <summary>Whether the server is open and takes messages. Any thread may ask.</summary>
    public bool IsOpen => Volatile.Read(ref _server) is { Phase: not ServerPhase.Superseded };

    /// <summary>What the server was like after its latest step. Any thread may ask.</summary>
    public JobStatus Status => Volatile.Read(ref _status);

    /// <summary>The head of the audit log on the disk. Any thread may ask.</summary>
    public AuditHead? AuditHead => Volatile.Read(ref _audit).Head;

    /// <summary>The audit log, which each step is noted in.</summary>
    public AuditTrail Audit => _audit;

    /// <summary>Whether each write is on the disk by itself, and a failed one undoes no other; elsewhere they are one transaction.</summary>
    public bool IsInFolder => _files.AreInFolder;

    /// <summary>Tells whether the server reads an upload from its file.</summary>
    public bool StaysInFile(IStoredMessage upload) => _files.StaysInFile(upload);

    /// <summary>Returns the server, which goes on from the saved state after the disk failed: what it had not saved never happened.</summary>
    /// <exception cref="IOException">The disk fails still, or has failed just now in an attempt that took long.</exception>
    public FederationServer Reopen()
    {
        if (_server is FederationServer open)
        {
            return open;
        }

        return _pause.Try(() => Guarded(() =>
        {
            FederationServer restored = _files.Open(_setup, out StateStamp? saved);
            Volatile.Write(ref _server, restored);
            Volatile.Write(ref _audit, AuditTrail.Open(_auditParts, _setup, restored, saved, isStart: false));
            Take(restored, saved is null ? restored.Start() : restored.Advance());
            return restored;
        }));
    }

    /// <summary>Lets the server take a step, and brings what follows to the disk. Where that fails, the server is thrown away.</summary>
    public FederationServer Run(Func<FederationServer, ServerStep> call)
    {
        FederationServer server = Reopen();
        Guarded(() => Take(server, call(server)));
        return server;
    }

    /// <inheritdoc cref="Guarded{T}"/>
    public void Guarded(Action work) => Guarded(() =>
    {
        work();
        return true;
    });

    /// <summary>Does something with the server or its store. Where it throws, whatever it is, the server is thrown away.</summary>
    public T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault)
        {
            // Memory may be ahead of the disk.
            Log.FolderFailed(_logger, _name, Fault.Of(fault));
            _steps.Clear();
            _files.Forget();
            if (!IsInFolder)
            {
                // What reports wrote in the same transaction is undone with it.
                _metrics.Forget();
            }

            _store.Rollback();
            _server?.Dispose();
            Volatile.Write(ref _server, null);
            if (fault is SumFileException failed)
            {
                // A sum is on the disk too, and goes on when that works again.
                throw new IOException(failed.Message, failed);
            }

            throw;
        }
    }

    /// <summary>Brings to the disk what a step changed, and then delivers its messages.</summary>
    public void Take(FederationServer server, ServerStep step)
    {
        Gather(server, step);
        Save(server);
    }

    /// <summary>Takes in what a step changed, which is saved with the steps behind it; or at once with those before it, where the state must be saved.</summary>
    public void Gather(FederationServer server, ServerStep step, IStoredMessage? message = null)
    {
        _audit.Note(server, step);
        _steps.Add(step);
        if (!_files.TryGather(step, message))
        {
            Save(server, step.State);
        }
        else if (step.Messages.Any(message => message.Kind != MessageKind.Acknowledgement))
        {
            // A saved state holds the messages of its last step only, so messages must be saved with their step, except acknowledgements, which the server makes again on request.
            Save(server);
        }
    }

    /// <summary>Saves what the gathered steps changed, and then delivers their messages.</summary>
    public void Save(FederationServer server, SavedState? state = null)
    {
        if (_steps.Exists(step => step.State is not null))
        {
            _audit.Prepare(server.Stamp);
        }

        _files.Save(state);
        _audit.Commit();
        if (server.Job.EpochNumber != _parties.Job.EpochNumber)
        {
            _parties.Follow(server.Certificates);
            EpochBegun?.Invoke();
        }

        _steps.ForEach(step => _deliveries.Deliver(step.Messages));
        _store.Commit();
        foreach (ServerStep step in _steps)
        {
            foreach (Contribution upload in step.Accepted)
            {
                _watch.Accepted(upload.Client.Value, upload.Slot.Round, upload.Slot.Attempt, upload.UploadLength);
            }

            if (step.Failure is Exception failure)
            {
                Log.SelectionFailed(_logger, _name, Fault.Of(failure));
            }
        }

        _steps.Clear();
        Volatile.Write(ref _status, JobStatus.Of(server, _audit.Spent, _setup.Time));
    }

    /// <summary>Closes the server and its store.</summary>
    public void Dispose()
    {
        _server?.Dispose();
        _store.Dispose();
    }
}
