namespace FedHe.MLBridge.SumFiles;

/// <summary>A sum disk is what a sum in a file does to its file. Whatever fails is a <see cref="Errors.SumFileException"/>.</summary>
internal abstract class SumDisk : IDisposable
{
    /// <summary>Reads bytes that were written before.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>Writes bytes, which need not follow others that were written.</summary>
    public abstract void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Returns when everything that was written is durable.</summary>
    public abstract void Flush();

    public abstract void Dispose();
}
