using System.Buffers;
using System.Collections.Immutable;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// Key sums are the server's part of the round keys of an attempt, without any key of them: the sum of protected keys, or the boxes
/// that a committee opens.
/// </summary>
internal interface IKeySums : IDisposable
{
    /// <summary>Reads what an upload carries of its round key, and changes nothing.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="contributor">The contributor.</param>
    /// <param name="attempt">The attempt.</param>
    PreparedKey Prepare(ProtectedUpdate upload, Contributor contributor, Attempt attempt);

    /// <summary>The contributors' signatures in the order of the list; none where no committee opens the sum.</summary>
    ImmutableArray<ContributionSeal> Seals { get; }

    /// <summary>Completes the sum, and returns its bytes, which are none where a committee opens it.</summary>
    byte[] Complete();

    /// <summary>Saves everything, for <see cref="Restore"/> to resume.</summary>
    /// <param name="contributors">The number of contributors.</param>
    /// <param name="destination">Receives the bytes.</param>
    void SaveState(int contributors, IBufferWriter<byte> destination);

    /// <summary>Resumes a saved state.</summary>
    /// <param name="state">The bytes.</param>
    /// <param name="contributors">The contributors, sorted.</param>
    /// <param name="attempt">The attempt.</param>
    /// <exception cref="Crypto.Errors.HeFormatException">The bytes are no saved state of these contributors.</exception>
    void Restore(ReadOnlyMemory<byte> state, IReadOnlyCollection<Contributor> contributors, Attempt attempt);
}
