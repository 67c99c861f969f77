using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>State files keep a server on the disk: its state, what changed since, and apart from both which of them is the newest.</summary>
/// <remarks>
/// A step that only took an upload or a confirmation in appends a change. Every other step saves the state and empties the log, and so does a step behind
/// which the log would be long. A process may end between the two: the server passes over changes that its state has. Of a long upload the log has a
/// reference to the file in which it came, where the store is the folder with that file. The file is on the disk before the log refers to it, and stays until a state
/// has it. A store elsewhere has no such file, and saves the state.
/// </remarks>
/// <param name="store">The store of the server.</param>
/// <param name="folder">The folder with the transfers to which the log may refer, or null where the store is another one, which outlives the folder.</param>
/// <param name="limits">The limits of the log, or null for the limits that servers have.</param>
internal sealed class StateFiles(IServerStore store, PartyFolder? folder = null, LogLimits? limits = null)
{
    // The head of a change with its stamp is shorter.
    private const int HeadLength = 256;

    private readonly LogLimits _limits = limits ?? new LogLimits();
    private readonly ChangeLog _changes = new(store);
    private readonly List<IStoredMessage> _kept = [];
    private byte[] _newest = [];

    /// <summary>Whether the store is the folder with the transfers.</summary>
    public bool AreInFolder => folder is not null;

    private IEnumerable<ReadOnlyMemory<byte>> Changes => ChangeLog.Read(store);

    /// <summary>Goes on from what is saved, or begins the job.</summary>
    /// <param name="setup">The parts of the server.</param>
    /// <param name="saved">The stamp of what is saved, or null where nothing is.</param>
    /// <exception cref="Hosting.Errors.HostingException">The state or its changes are refused, or there are changes without a state.</exception>
    /// <exception cref="IOException">A file could not be read.</exception>
    public FederationServer Open(FederationServerSetup setup, out StateStamp? saved)
    {
        byte[]? bytes = store.TryRead(PartyFiles.State);
        if (bytes is null)
        {
            saved = null;
            if (store.Exists(PartyFiles.Changes))
            {
                // Each start saves a state first, so there was one, and a new job would delete what was acknowledged since.
                throw Throw.FileRefused(store.PathOf(PartyFiles.Changes), inner: null);
            }

            return new FederationServer(setup);
        }

        saved = StampOf(bytes);
        try
        {
            return FederationServer.Restore(setup, bytes, NewestOf(saved, bytes), Changes, OpenMessage);
        }
        catch (AggregationBrokenException broken) when (broken.InnerException is IOException failed)
        {
            throw new IOException(failed.Message, broken);
        }
        catch (SumFileException failed)
        {
            throw new IOException(failed.Message, failed);
        }
        catch (StateRefusedException refused) when (refused.Error == StateError.SumMissing)
        {
            throw Throw.SumMissing(store.PathOf(PartyFiles.State), setup.SumFolder ?? (folder ?? store).PathOf(PartyFiles.Sums), refused);
        }
        catch (StateRefusedException refused) when (refused.Error == StateError.MessageMissing)
        {
            throw Throw.UploadMissing(store.PathOf(PartyFiles.Changes), (folder ?? store).PathOf(PartyFiles.Transfers), refused);
        }
        catch (StateRefusedException refused)
        {
            string state = store.PathOf(PartyFiles.State);
            throw Throw.FileRefused(store.Exists(PartyFiles.Changes) ? $"{state} with {PartyFiles.Changes}" : state, refused);
        }
    }

    /// <summary>Tells whether the server reads an upload from its file: one to which the log can refer, or one that is too long for the log.</summary>
    public bool StaysInFile(IStoredMessage upload) => (folder is not null && upload.IsLasting && upload.Length >= _limits.ShortestKept) || upload.Length > _limits.LongestLog;

    /// <summary>
    /// Takes in what a step changed, so that it is saved with the steps before and behind it. Returns false for a step whose state must be saved before the
    /// server takes another one.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="message">The message of the step, where it may be kept for the log.</param>
    /// <exception cref="IOException">The message could not be brought to the disk.</exception>
    public bool TryGather(ServerStep step, IStoredMessage? message = null)
    {
        if (step.Change is SavedChange change && (!change.Message.HasValue ? Fits(step) : TryKeep(change.Message.Value, message)))
        {
            ReadOnlySpan<byte> bytes = _changes.Gather(change);
            _newest = bytes[..Math.Min(bytes.Length, HeadLength)].ToArray();
            return true;
        }

        if (step.State is not null && message is not null && StaysInFile(message))
        {
            // The server has compared what arrived with its signature, and has folded in what the file has. Whether they are the same, the flush alone knows.
            message.Confirm();
        }

        return step.State is null;
    }

    /// <summary>Saves the changes that were gathered, or a state, which has them. It is on the disk when the store is committed, which a folder always is.</summary>
    /// <param name="state">The state of the last step, where its change was not gathered.</param>
    /// <exception cref="IOException">A file could not be written. The server must not go on, because it is ahead of its disk.</exception>
    public void Save(SavedState? state)
    {
        if (state is not null)
        {
            var beginning = new BeginningWriter(HeadLength);
            store.Replace(PartyFiles.State, bytes =>
            {
                state.WriteTo(beginning.Over(bytes));
                if (beginning.Length > _limits.LongestState)
                {
                    // Nothing could read it again. The one before it stays, with the log behind it.
                    throw Throw.StateTooLong(beginning.Length, _limits.LongestState);
                }
            });
            store.Replace(PartyFiles.NewestState, beginning.Bytes);
            _changes.Clear();
            _kept.ForEach(message => message.Release());
            _kept.Clear();
        }
        else if (_changes.GatheredLength > 0)
        {
            _changes.Flush();
            store.Replace(PartyFiles.NewestState, _newest);
        }
    }

    /// <summary>Saves what a step changed. It is on the disk when the store is committed, which a folder always is.</summary>
    /// <exception cref="IOException">A file could not be written. The server must not go on, because it is ahead of its disk.</exception>
    public void Save(ServerStep step) => Save(TryGather(step) ? null : step.State);

    /// <summary>Forgets what was gathered, whose steps never happened.</summary>
    public void Forget() => _changes.Forget();

    private bool Fits(ServerStep step) => _changes.Length + _changes.GatheredLength + step.Accepted.Sum(upload => (long)upload.UploadLength) <= _limits.LongestLog;

    private bool TryKeep(Digest digest, IStoredMessage? message)
    {
        if (folder is null || message is not { IsLasting: true } || _kept.Count >= _limits.MostKept || _kept.Sum(kept => kept.Length) + message.Length > _limits.LongestKept)
        {
            return false;
        }

        message.Keep(digest);
        _kept.Add(message);
        return true;
    }

    private Stream? OpenMessage(Digest digest) => folder is null ? null : KeptMessages.Open(folder.PathOf(PartyFiles.Transfers), digest);

    /// <summary>Returns the stamp of a state with the changes that follow it.</summary>
    private StateStamp? StampOf(ReadOnlySpan<byte> state)
    {
        if (!StateStamp.TryRead(state, out StateStamp? last))
        {
            return null;
        }

        foreach (ReadOnlyMemory<byte> change in Changes)
        {
            last = StateStamp.TryRead(change.Span, out StateStamp? stamp) && stamp.Value.MayReplace(last.Value) ? stamp : last;
        }

        return last;
    }

    /// <summary>Returns the newest stamp that the store knows of: a folder has its files one after the other, so either may be ahead.</summary>
    private StateStamp? NewestOf(StateStamp? saved, ReadOnlySpan<byte> state)
    {
        if (store.TryRead(PartyFiles.NewestState) is not byte[] head || !StateStamp.TryRead(head, out StateStamp? newest))
        {
            return null;
        }

        newest = StateStamp.TryRead(state, out StateStamp? own) && own.Value.MayReplace(newest.Value) ? own : newest;
        return saved?.MayReplace(newest.Value) == true ? saved : newest;
    }
}
