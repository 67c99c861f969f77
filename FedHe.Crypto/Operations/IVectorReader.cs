using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Operations;

/// <summary>A vector reader parses encrypted vectors from untrusted bytes, without any key. It is thread-safe.</summary>
/// <remarks>Sizes are checked before anything is allocated, and every coefficient is checked to be in its range.</remarks>
public interface IVectorReader
{
    /// <summary>The parameters that every vector must belong to.</summary>
    HeParameters Parameters { get; }

    /// <summary>Parses exactly one vector, and names the reason when the bytes are refused.</summary>
    /// <param name="source">The bytes of one vector, nothing before or after it.</param>
    /// <param name="limits">Sizes above which the vector is refused.</param>
    /// <param name="vector">The vector, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <returns>Whether the bytes were a well-formed vector of these parameters.</returns>
    bool TryRead(ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason);

    /// <summary>Checks exactly one vector as thoroughly as <see cref="TryRead"/> does, and keeps none of its values.</summary>
    /// <param name="source">The bytes of one vector, nothing before or after it.</param>
    /// <param name="limits">Sizes above which the vector is refused.</param>
    /// <param name="vector">
    /// The vector as it is after its disposal: it tells key, length, form, spent depth and bound, and has no values.
    /// </param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <returns>Whether the bytes were a well-formed vector of these parameters.</returns>
    bool TryCheck(ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        bool isValid = TryRead(source, limits, out vector, out reason);
        vector?.Dispose();
        return isValid;
    }

    /// <summary>Parses exactly one vector whose bytes <see cref="TryCheck"/> accepted, and may leave out costly checks of them.</summary>
    /// <param name="source">
    /// The bytes of one vector, nothing before or after it. The vector may read them until it is disposed, so they stay as they are.
    /// </param>
    /// <param name="limits">Sizes above which the vector is refused.</param>
    /// <param name="vector">The vector, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal.</param>
    /// <returns>Whether the bytes were a well-formed vector of these parameters, as far as they were checked.</returns>
    /// <remarks>
    /// The bytes may have changed since <see cref="TryCheck"/> saw them. A reader may leave out a check only if its absence can do
    /// no more harm than a change to the bytes of another valid vector, which makes the result worthless. A reader always checks sizes,
    /// the key and the bound again, and no coefficient leaves its range: a sum takes another one in its place or refuses the vector, and a
    /// decryptor and the hash of an upload refuse it.
    /// </remarks>
    bool TryReadChecked(ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
        => TryRead(source.Span, limits, out vector, out reason);

    /// <summary>Parses exactly one vector, and throws when the bytes are refused.</summary>
    /// <exception cref="HeFormatException">The bytes are malformed.</exception>
    EncryptedVector Read(ReadOnlySpan<byte> source, WireLimits limits)
        => TryRead(source, limits, out EncryptedVector? vector, out FormatError reason)
            ? vector
            : throw new HeFormatException(reason, "encrypted vector");
}
