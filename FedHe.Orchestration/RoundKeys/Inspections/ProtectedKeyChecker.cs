using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;

namespace FedHe.Orchestration.RoundKeys.Inspections;

/// <summary>
/// A protected-key checker tells whether the tags of one protected round key are right. It decrypts the key only after the tags of
/// its ciphertext hold, and zeroes it; it makes no key that could open an upload.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="verifier">Verifies the tags of the ciphertext.</param>
/// <param name="decryptor">Decrypts under the job's key.</param>
internal sealed class ProtectedKeyChecker(RoundKeyProtocol protocol, KeySumVerifier verifier, IDecryptor decryptor)
{
    private const double Scale = 1 << (RoundKeyProtection.PrecisionBits - 1);
    private const double LargestDistance = 0.25;

    /// <summary>Tells whether all tags of a protected round key are right, and whether it is a round key.</summary>
    public bool IsRight(ReadOnlySpan<byte> bytes, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
    {
        using EncryptedVector? wrapped = verifier.TryVerifyOuter(bytes, tags, pads, hasher, contributors: 1);
        return wrapped is not null && IsTagged(wrapped, tags[^1], pads[^1], hasher);
    }

    private bool IsTagged(EncryptedVector wrapped, LinearTag tag, LinearPad pad, ContentHasher hasher)
    {
        double[] values = SecretMemory.Allocate<double>(protocol.Parameters.Degree);
        int[] coefficients = SecretMemory.Allocate<int>(protocol.Parameters.Degree);
        try
        {
            decryptor.Decrypt(wrapped, values);
            double worst = 0;
            for (int i = 0; i < values.Length; i++)
            {
                double exact = values[i] * Scale;
                double rounded = Math.Round(exact);
                worst = Math.Max(worst, Math.Abs(exact - rounded));
                coefficients[i] = (int)rounded;
            }

            return worst <= LargestDistance
                && hasher.TryOfKey(coefficients, contributors: 1, out LinearHash hash)
                && TagModulus.Default.Verify(tag, pad, hash);
        }
        catch (HeException)
        {
            return false;
        }
        finally
        {
            SecretMemory.Zero<double>(values);
            SecretMemory.Zero<int>(coefficients);
        }
    }
}
