using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Kernels.Sharing;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Sharing;

/// <summary>A key share is one member's part of a round key, or of a sum of round keys. It is thread-safe.</summary>
/// <remarks>The share lies in pinned memory and is zeroed when it is disposed or forgotten.</remarks>
[DebuggerDisplay("Key share")]
public sealed class KeyShare : IDisposable
{
    private readonly PinnedSecret<ushort> _elements;

    /// <summary>Creates a share of zeros.</summary>
    internal KeyShare(SharingParameters parameters, int member, int contributors)
    {
        Parameters = parameters;
        Member = member;
        Contributors = contributors;
        _elements = new PinnedSecret<ushort>(this, parameters.Length);
    }

    /// <summary>The parameters of the sharing.</summary>
    public SharingParameters Parameters { get; }

    /// <summary>The index of the member, from 0 on.</summary>
    public int Member { get; }

    /// <summary>The number of round keys in the sum that the share is of; 1 for a single key.</summary>
    public int Contributors { get; }

    /// <summary>The lock under which <see cref="Elements"/> are used.</summary>
    internal Lock Gate => _elements.Gate;

    /// <summary>The elements of the share, one for each coefficient.</summary>
    /// <exception cref="ObjectDisposedException">The share was disposed.</exception>
    internal Span<ushort> Elements => _elements.Span;

    /// <summary>Reads a share, and refuses bytes that are none.</summary>
    /// <param name="parameters">The parameters of the sharing.</param>
    /// <param name="member">The index of the member that the share is said to belong to.</param>
    /// <param name="contributors">The number of round keys that the share is said to be of.</param>
    /// <param name="source">The bytes that <see cref="CopyTo"/> wrote; untrusted.</param>
    /// <param name="share">The share, which the caller disposes.</param>
    /// <returns>
    /// Whether the length is right, every element is below p, the member is one of the committee, and the number of contributors is 1
    /// to <see cref="SharingParameters.MaxContributors"/>.
    /// </returns>
    public static bool TryRead(
        SharingParameters parameters,
        int member,
        int contributors,
        ReadOnlySpan<byte> source,
        [NotNullWhen(true)] out KeyShare? share)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        share = null;
        if (member < 0
            || member >= parameters.Members
            || contributors is < 1 or > SharingParameters.MaxContributors
            || source.Length != parameters.ShareSizeInBytes)
        {
            return false;
        }

        var candidate = new KeyShare(parameters, member, contributors);
        Span<ushort> elements = candidate.Elements;
        source.CopyTo(ElementBytes.Of(elements));
        ReverseUnlessLittleEndian(elements);
        if (SharingKernel.Default.AreElements(elements))
        {
            share = candidate;
            return true;
        }

        candidate.Dispose();
        return false;
    }

    /// <summary>Writes the share in clear, two bytes little-endian for each coefficient. The caller zeroes the bytes.</summary>
    /// <param name="destination">Receives <see cref="SharingParameters.ShareSizeInBytes"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The share was disposed.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length != Parameters.ShareSizeInBytes)
        {
            throw new ArgumentException($"A share has {Parameters.ShareSizeInBytes} bytes.", nameof(destination));
        }

        lock (Gate)
        {
            ReadOnlySpan<ushort> elements = Elements;
            for (int i = 0; i < elements.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(sizeof(ushort) * i)..], elements[i]);
            }
        }
    }

    /// <summary>Zeroes the share.</summary>
    public void Dispose() => _elements.Dispose();

    /// <summary>Returns a fixed text, because a share is never shown.</summary>
    public override string ToString() => "Key share";

    private static void ReverseUnlessLittleEndian(Span<ushort> elements)
    {
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(elements, elements);
        }
    }
}
