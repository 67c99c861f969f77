using System.Collections.Immutable;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Encryption;

/// <summary>
/// A secret-key encryptor computes c0 = -(a*s) + e + m and c1 = a, which is expanded from a fresh seed. An upload
/// carries c0 and the seed.
/// </summary>
/// <remarks>
/// A seed serves one vector only: two ciphertexts under the same a would reveal the difference of their messages. The error
/// comes from secret randomness, never from the seed.
/// </remarks>
internal sealed class CkksSecretKeyEncryptor(CkksRing ring, CkksSecretKey key, EncryptionRandomSource random)
    : CkksEncryptor(ring, key.KeyId, VectorForm.Seeded, random)
{
    protected override ImmutableArray<WeightedSeed> DrawSeeds(EncryptionRandomSource random, ReadOnlySpan<byte> publicContext)
        => [new WeightedSeed(Seed.Create(random, publicContext), weight: 1)];

    protected override ICiphertextWriter CreateWriter(CkksVector vector, CkksBlock block, SecretStream secrets)
        => new Writer(Ring, key, vector.Seeds[0].Seed, block, secrets);

    private sealed class Writer(CkksRing ring, CkksSecretKey key, in Seed seed, CkksBlock block, SecretStream secrets)
        : ICiphertextWriter
    {
        private readonly SeedExpander _expander = new(seed);
        private readonly SecretSampler _sampler = new(secrets);
        private readonly SecretKeyUse _use = key.Use();

        public void Encrypt(int ciphertext, CkksWorkspace workspace)
        {
            _sampler.Error(workspace.Error);
            Span<ulong> product = workspace.Polynomial;
            for (int limb = 0; limb < ring.LimbCount; limb++)
            {
                NttPlan ntt = ring.Transforms[limb];
                _expander.Expand(ciphertext, limb, ntt.Modulus, workspace.Expansion, product); // a
                ntt.InverseOfProduct(product, key.Transformed.Limb(limb), product); // a*s

                // The product alone gives the key away, so it stays in pinned memory that is zeroed.
                Span<ulong> c0 = block.Limb(ciphertext, polynomial: 0, limb);
                PolynomialKernel.Default.MaskMessage(
                    Message(workspace, limb), workspace.Error, product, c0, ntt.Modulus); // c0 = -(a*s) + e + m
            }
        }

        /// <summary>Reduces the message modulo a prime, unless it is the only one, which exceeds every message.</summary>
        private ReadOnlySpan<long> Message(CkksWorkspace workspace, int limb)
        {
            if (ring.LimbCount == 1)
            {
                return workspace.Coefficients;
            }

            Span<ulong> residues = workspace.SecondPolynomial;
            ring.ReduceMessage(workspace.Coefficients, limb, residues);
            return PolynomialKernel.AsSigned(residues);
        }

        public void Dispose()
        {
            _use.Dispose();
            _expander.Dispose();
        }
    }
}
