using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Places;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.AspNetCore.Moves;

/// <summary>A server move brings all that the server of a job keeps from its folder into a store, or back, while the server does not run.</summary>
/// <remarks>
/// The marks of both places (<see cref="PartyFiles.StateElsewhere"/>) make the move one step for the operator who starts a server: first the target is marked, then filled, then the source is marked,
/// then the mark of the target goes, and then what is left in the source. At each moment one place at most has no mark, and that place is complete. Where a move is broken off, the same
/// move again goes on, and the server goes on from its source until the source is marked. Files of messages that wait for their turn are none of the store's: they stay in the folder.
/// </remarks>
public static class ServerMove
{
    // A folder that is opened deletes what has such an end.
    private const string Flushed = "flushed.new";

    /// <summary>Moves what a server keeps from one store into another one, of which a <see cref="PartyFolder"/> is one, or goes on with such a move that was broken off.</summary>
    /// <param name="source">The store that has the server, opened as its server does, so that the server does not run. Its log must be empty where it is a folder: see <see cref="HostedServerMove"/>.</param>
    /// <param name="target">The store that gets the server, opened for the same job. It must have nothing of a server but what such a move left there.</param>
    /// <returns>The target, and whether anything was to be done.</returns>
    /// <exception cref="HostingException">The source has no server, or the log refers to files; the target is not empty; or either belongs to another move.</exception>
    /// <exception cref="IOException">A store could not read or write, or its copy is another one than what it was given. The same call again goes on.</exception>
    public static ServerMoveResult Run(IServerStore source, IServerStore target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        StateMark? left = StateMark.TryRead(source);
        StateMark? arrived = StateMark.TryRead(target);
        if (left is { Side: not MoveSide.Source })
        {
            return left.Side == MoveSide.None && left.Place == target.Location && arrived is null && target.Exists(PartyFiles.State)
                ? new ServerMoveResult(target.Location, HasMoved: false)
                : throw Throw.ServerElsewhere(source.Location, left);
        }

        if (left is null)
        {
            Bring(source, target);
        }
        else if (!(arrived is null ? target.Exists(PartyFiles.State) && left.Place == target.Location : arrived.Side == MoveSide.Target && arrived.Move == left.Move))
        {
            throw Throw.ServerElsewhere(source.Location, left);
        }

        target.Delete(PartyFiles.StateElsewhere);
        Commit(target);
        ServerContent.Delete(source);
        new StateMark(target.Location).Write(source);
        source.Commit();
        return new ServerMoveResult(target.Location, HasMoved: true);
    }

    /// <summary>Refuses a target that has anything but what a move left there: a copy that is not whole or is older, or what the source got from it.</summary>
    internal static void RequireRoom(IServerStore source, IServerStore target)
    {
        StateMark? mark = StateMark.TryRead(target);
        if (mark?.Side == MoveSide.Target && ServerContent.StampOf(target) is StateStamp copied && ServerContent.StampOf(source) is StateStamp own && !own.MayReplace(copied))
        {
            throw Throw.TargetIsNewer(source.Location, target.Location);
        }

        bool isLeftOver = mark?.Side == MoveSide.Target || (mark?.Side == MoveSide.Source && mark.Place == source.Location);
        if (!isLeftOver && ServerContent.Of(target) is [string found, ..])
        {
            throw Throw.TargetNotEmpty(target.PathOf(found));
        }
    }

    /// <summary>Fills the target, and has the source give its server up.</summary>
    private static void Bring(IServerStore source, IServerStore target)
    {
        if (!source.Exists(PartyFiles.State))
        {
            throw Throw.NothingToMove(source.Location);
        }

        if (source.HasFiles && !target.HasFiles && source.Exists(PartyFiles.Changes))
        {
            throw Throw.LogNotFolded(source.PathOf(PartyFiles.Changes));
        }

        RequireRoom(source, target);
        var move = Guid.NewGuid();
        new StateMark(source.Location, MoveSide.Target, move).Write(target);
        target.Commit();
        try
        {
            ServerContent.Delete(target);
            ServerContent.Copy(source, target);
            Commit(target);
            if (ServerContent.FindDifference(source, target) is string different)
            {
                throw Throw.CopyDiffers(target.PathOf(different));
            }
        }
        catch
        {
            Undo(target);
            throw;
        }

        // From here on the server is in the target, whose mark says so as long as it is there.
        new StateMark(target.Location, MoveSide.Source, move).Write(source);
        Commit(source);
    }

    /// <summary>Commits a store before the other place is changed.</summary>
    private static void Commit(IServerStore store)
    {
        store.Commit();
        if (store is PartyFolder folder)
        {
            // Renames and deletions of before go to the disk with a file that is made and flushed behind them, where the file system has a journal.
            folder.Replace(Flushed, [1]);
            folder.Delete(Flushed);
        }
    }

    /// <summary>Deletes a copy that is not whole, which may have filled the disk of its place. The mark stays, because the server is elsewhere as before.</summary>
    private static void Undo(IServerStore target)
    {
        try
        {
            target.Rollback();
            ServerContent.Delete(target);
            target.Commit();
        }
        catch (IOException)
        {
            // The first exception says more, and the next move deletes the rest.
        }
    }
}
