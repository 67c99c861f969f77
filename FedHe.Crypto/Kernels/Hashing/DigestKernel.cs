using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>A digest kernel computes SHA-256 of several public messages, side by side where registers are wide.</summary>
/// <remarks>
/// SHA-256 of one message is a chain of steps, each of which waits for the one before, so that one message fills no wide register. Sixteen messages do, and then
/// take less time than the processor's own instructions for SHA-256 one after the other. Every implementation agrees with <see cref="DigestSpecification"/>.
/// </remarks>
internal abstract class DigestKernel
{
    /// <summary>The number of bytes of a digest.</summary>
    public const int DigestLength = 32;

    /// <summary>A method that copies bytes of a message.</summary>
    /// <param name="message">The index of the message.</param>
    /// <param name="start">The position of the first byte.</param>
    /// <param name="destination">Receives the bytes.</param>
    public delegate void MessageReader(int message, int start, Span<byte> destination);

    /// <summary>The fastest implementation on this machine.</summary>
    public static DigestKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Returns how many of a number of messages are best hashed at once, at least 1.</summary>
    public abstract int BestCountOf(int count);

    /// <summary>Creates the implementation for registers of a width.</summary>
    /// <remarks>Registers of less than 512 bits gain nothing over the instructions that the operating system's library uses.</remarks>
    public static DigestKernel Create(LaneWidth width)
        => width == LaneWidth.Vector512 ? new WideDigestKernel() : new DigestSpecification();

    /// <summary>Computes the digests of messages.</summary>
    /// <param name="lengths">The length of each message in bytes.</param>
    /// <param name="read">Copies bytes of a message.</param>
    /// <param name="digests">Receives <see cref="DigestLength"/> bytes for each message.</param>
    public void Compute(ReadOnlySpan<int> lengths, MessageReader read, Span<byte> digests)
    {
        Debug.Assert(digests.Length == DigestLength * lengths.Length, "One digest for each message.");
        ComputeCore(lengths, read, digests);
    }

    protected abstract void ComputeCore(ReadOnlySpan<int> lengths, MessageReader read, Span<byte> digests);
}
