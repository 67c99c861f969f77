using System.Buffers;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>State files keep a server on the disk: its state, what changed since, and apart from both which of them is the newest.</summary>
/// <remarks>
/// A step that only took an upload or a confirmation in appends a change. Every other step saves the state and empties the log, and so does a step behind
/// which the log would be long. A process may end between the two: the server passes over changes that its state has.
/// </remarks>
/// <param name="folder">The folder of the server.</param>
/// <param name="longestLog">The length in bytes above which the state is saved in the place of another change.</param>
internal sealed class StateFiles(PartyFolder folder, long longestLog = StateFiles.LongestLog)
{
    /// <summary>The length of the log that a restart reads in a moment, and that a disk has room for beside the state.</summary>
    public const long LongestLog = 64 * 1024 * 1024;

    // The head of a change with its stamp is shorter.
    private const int HeadLength = 256;

    private readonly ChangeLog _changes = new(folder);

    // One after the other: a buffer for each upload would be garbage of the upload's length.
    private readonly ArrayBufferWriter<byte> _change = new();

    private IEnumerable<ReadOnlyMemory<byte>> Changes => ChangeLog.Read(folder.PathOf(PartyFiles.Changes));

    /// <summary>Goes on from what is saved, or begins the job.</summary>
    /// <param name="setup">The parts of the server.</param>
    /// <param name="saved">The stamp of what is saved, or null where nothing is.</param>
    /// <exception cref="Hosting.Errors.HostingException">The state or its changes are refused, or there are changes without a state.</exception>
    public FederationServer Open(FederationServerSetup setup, out StateStamp? saved)
    {
        byte[]? bytes = folder.TryRead(PartyFiles.State);
        if (bytes is null)
        {
            saved = null;
            if (File.Exists(folder.PathOf(PartyFiles.Changes)))
            {
                // Each start saves a state first, so there was one, and a new job would delete what was acknowledged since.
                throw Throw.FileRefused(folder.PathOf(PartyFiles.Changes), inner: null);
            }

            return new FederationServer(setup);
        }

        saved = StampOf(bytes);
        try
        {
            return FederationServer.Restore(setup, bytes, NewestOf(saved, bytes), Changes);
        }
        catch (StateRefusedException refused)
        {
            string state = folder.PathOf(PartyFiles.State);
            throw Throw.FileRefused(File.Exists(folder.PathOf(PartyFiles.Changes)) ? $"{state} with {PartyFiles.Changes}" : state, refused);
        }
    }

    /// <summary>Saves what a step changed. When the method returns, it is on the disk.</summary>
    /// <exception cref="IOException">A file could not be written. The server must not go on, because it is ahead of its disk.</exception>
    public void Save(ServerStep step)
    {
        if (step.Change is SavedChange change && _changes.Length < longestLog)
        {
            _change.ResetWrittenCount();
            change.WriteTo(_change);
            _changes.Append(_change.WrittenSpan);
            folder.Replace(PartyFiles.NewestState, _change.WrittenSpan[..Math.Min(_change.WrittenCount, HeadLength)]);
        }
        else if (step.State is SavedState state)
        {
            folder.Replace(PartyFiles.State, PartyFiles.NewestState, state);
            _changes.Clear();
        }
    }

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

    /// <summary>Returns the newest stamp that the folder knows of: the files are written one after the other, so either may be ahead.</summary>
    private StateStamp? NewestOf(StateStamp? saved, ReadOnlySpan<byte> state)
        => folder.NewestOf(PartyFiles.NewestState, state) is not StateStamp newest ? null
            : saved?.MayReplace(newest) == true ? saved
            : newest;
}
