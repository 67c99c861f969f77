using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.SumFiles;

/// <summary>A sum disk is what a sum in a file does to its file. Whatever fails is a <see cref="SumFileException"/>.</summary>
internal abstract class SumDisk : IDisposable
{
    /// <summary>Whether the sum was begun or opened to its end. The file is nobody's to delete before, but for a file that this object created.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether something failed, after which the file stays, to be opened again.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Remembers that the sum was begun or opened to its end, whatever was found damaged on the way.</summary>
    public void Begin()
    {
        HasBegun = true;
        HasFailed = false;
    }

    /// <summary>Remembers that something failed.</summary>
    public void Fail() => HasFailed = true;

    /// <summary>Remembers that something failed, and returns the exception to throw.</summary>
    public SumFileException Fault(SumFileError error)
    {
        Fail();
        return new SumFileException(error);
    }

    /// <summary>Reads bytes that were written before.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>Writes bytes, which need not follow others that were written.</summary>
    public abstract void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Returns when everything that was written is durable.</summary>
    public abstract void Flush();

    public abstract void Dispose();
}
