using System.Collections.Immutable;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Encryption;

/// <summary>
/// A public-key encryptor computes c0 = b*u + e0 + m and c1 = a*u + e1 for the public key (b, a), where u is ternary
/// and e0, e1 are errors, all fresh for every ciphertext. An upload carries both polynomials.
/// </summary>
internal sealed class CkksPublicKeyEncryptor(CkksRing ring, CkksPublicKey key, EncryptionRandomSource random)
    : CkksEncryptor(ring, key.KeyId, VectorForm.Full, random)
{
    protected override ImmutableArray<WeightedSeed> DrawSeeds(EncryptionRandomSource random, ReadOnlySpan<byte> publicContext) => [];

    protected override ICiphertextWriter CreateWriter(CkksVector vector, CkksBlock block, SecretStream secrets)
        => new Writer(Ring, key, block, secrets);

    private sealed class Writer(CkksRing ring, CkksPublicKey key, CkksBlock block, SecretStream secrets)
        : ICiphertextWriter
    {
        private readonly SecretSampler _sampler = new(secrets);

        public void Encrypt(int ciphertext, CkksWorkspace workspace)
        {
            _sampler.Ternary(workspace.Ternary);
            _sampler.Error(workspace.Error);
            _sampler.Error(workspace.SecondError);
            Span<ulong> u = workspace.Polynomial;

            // Each part is finished in pinned memory that is zeroed afterwards: b*u alone would give the message away.
            Span<ulong> part = workspace.Limbs.Span.Slice(0, ring.Degree);
            for (int limb = 0; limb < ring.LimbCount; limb++)
            {
                NttPlan ntt = ring.Transforms[limb];
                u.Clear();
                PolynomialKernel.Default.AddSmallSigned(u, workspace.Ternary, ntt.Modulus);
                ntt.Forward(u);

                ntt.InverseOfProduct(u, key.B.Limb(limb), part); // b*u
                PolynomialKernel.Default.AddSmallSigned(part, workspace.Error, ntt.Modulus); // b*u + e0
                ring.ReduceMessage(workspace.Coefficients, limb, workspace.SecondPolynomial); // m
                PolynomialKernel.Default.Add(part, workspace.SecondPolynomial, ntt.Modulus); // c0 = b*u + e0 + m
                part.CopyTo(block.Limb(ciphertext, polynomial: 0, limb));

                part.Clear();
                PolynomialKernel.Default.AddSmallSigned(part, workspace.SecondError, ntt.Modulus);
                ntt.Forward(part); // e1
                PolynomialKernel.Default.Multiply(u, key.A.Limb(limb), u, ntt.Modulus); // a*u
                PolynomialKernel.Default.Add(part, u, ntt.Modulus); // c1 = a*u + e1
                part.CopyTo(block.Limb(ciphertext, polynomial: 1, limb));
            }
        }

        public void Dispose()
        {
            // Nothing to release: the vector belongs to the caller.
        }
    }
}
