namespace FedHe.Hosting.Tests.Support;

/// <summary>A kill comes behind one of the writes of a process, in whichever of its stores that is.</summary>
/// <param name="at">The number of the write, from 1.</param>
/// <param name="livesOn">Whether the process goes on, to which this write alone has failed.</param>
internal sealed class Kill(int at, bool livesOn = false)
{
    private int _writes;

    /// <summary>Whether the process was killed.</summary>
    public bool HasCome => _writes >= at;

    public void Write(Action write)
    {
        RequireLife();
        write();
        if (++_writes == at)
        {
            throw new KilledException();
        }
    }

    public void RequireLife()
    {
        if (HasCome && !livesOn)
        {
            throw new KilledException();
        }
    }
}

/// <summary>The end of a process, or the failure of a write.</summary>
internal sealed class KilledException() : IOException("A write that is the last one.");
