namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>
/// A batch encryption lets SEAL encode and encrypt the values of one ciphertext, at the scale of the parameters.
/// </summary>
/// <param name="values">
/// The values, at most as many as a ciphertext holds. They are secret, and must not be read after the call returns.
/// </param>
/// <returns>The bytes of the file that SEAL wrote.</returns>
public delegate ReadOnlyMemory<byte> SealBatchEncryption(ReadOnlySpan<double> values);
