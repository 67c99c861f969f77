using FedHe.Orchestration.Files;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>A disk that fails once at what a test says, as a full one does, and that a client survives.</summary>
internal sealed class FaultyDisk : ClientDisk
{
    /// <summary>The name of what fails next, or null.</summary>
    public string? Fault { get; set; }

    public override IEnumerable<string> List(string folder)
    {
        Pass(nameof(List));
        return base.List(folder);
    }

    public override Stream Create(string path)
    {
        Pass(nameof(Create));
        return new FaultyStream(this, path);
    }

    public override void Flush(Stream file)
    {
        Pass(nameof(Flush));
        base.Flush(file);
    }

    public override void Move(string from, string to)
    {
        Pass(nameof(Move));
        base.Move(from, to);
    }

    public override void Delete(string path)
    {
        Pass(nameof(Delete));
        base.Delete(path);
    }

    private void Pass(string what)
    {
        if (Fault == what || (Fault == "Write, Delete" && what == "Write"))
        {
            Fault = Fault == what ? null : "Delete";
            throw what == nameof(List) ? new UnauthorizedAccessException(what) : new IOException(what);
        }
    }

    private sealed class FaultyStream(FaultyDisk disk, string path) : FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0)
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            disk.Pass(nameof(Write));
            base.Write(buffer, offset, count);
        }
    }
}
