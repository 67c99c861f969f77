using FedHe.Crypto.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A correlated mechanism remembers a client's noise between rounds. It is also an <see cref="IDifferenceMechanism"/> or an <see cref="IGradientMechanism"/>, whose calls
/// prepare the next row of a sequence. It belongs to one client, is not thread-safe, and zeroes what it remembers when it is disposed.
/// </summary>
/// <remarks>A row that is prepared again has new noise, and the noise before is forgotten.</remarks>
public interface ICorrelatedMechanism : IPrivacyMechanism, IDisposable
{
    /// <summary>The number of rows of the sequence that are kept, which is the row that is prepared next.</summary>
    int Rows { get; }

    /// <summary>Keeps the row that was prepared last: the sequence holds it.</summary>
    /// <exception cref="InvalidOperationException">No row was prepared.</exception>
    void Keep();

    /// <summary>Forgets all noise: the next row is the first one of a sequence.</summary>
    void Restart();

    /// <summary>Writes what is remembered, with the row that was prepared last, and encrypts it.</summary>
    /// <param name="protector">Encrypts: whoever knows the noise takes it out of later sums.</param>
    /// <param name="context">Public bytes that name job and client, under which alone it can be read.</param>
    /// <returns>The bytes.</returns>
    byte[] Save(ISecretProtector protector, ReadOnlySpan<byte> context);

    /// <summary>Takes what was saved in the place of what is remembered.</summary>
    /// <param name="saved">The bytes that <see cref="Save"/> returned, which may come from anybody.</param>
    /// <param name="protector">Decrypts.</param>
    /// <param name="context">The same bytes as when it was saved.</param>
    /// <param name="rows">The number of rows that must have been kept.</param>
    /// <exception cref="StateRefusedException">The bytes are of another plan, job or client, of another number of rows, or cannot be decrypted.</exception>
    /// <exception cref="HeException">The operating system gives no random bytes.</exception>
    void Restore(ReadOnlySpan<byte> saved, ISecretProtector protector, ReadOnlySpan<byte> context, int rows);
}
