using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>A key disposed while it is in use must neither leak what it encrypts nor survive the operation.</summary>
public sealed class SecretKeyLifetimeTests
{
    private const int Ciphertexts = 3;

    [Fact]
    public void Encrypt_KeyDisposedBetweenTwoCiphertexts_LeavesNoneOfThemInClear()
    {
        var random = new InterruptingRandomSource();
        var context = new CkksContext(CkksParameters.Aggregation, random, new HeContextOptions { MaxDegreeOfParallelism = 1 });
        using KeyPair pair = context.GenerateKeyPair();
        IEncryptor encryptor = context.CreateEncryptor(pair.SecretKey);
        random.Interrupt(call: 3, pair.SecretKey.Dispose);
        using var vector = (CkksVector)encryptor.Encrypt(new double[Ciphertexts * context.Parameters.ValuesPerCiphertext], 1);

        pair.SecretKey.IsDisposed.Should().BeTrue("it was disposed halfway through");
        for (int ciphertext = 0; ciphertext < Ciphertexts; ciphertext++)
        {
            LargestMagnitude(vector, ciphertext).Should().BeGreaterThan(1UL << 40, "c0 is masked by a*s");
        }

        encryptor.Invoking(e => e.Encrypt(new double[1], 1)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Dispose_WhileAnOperationIsUnderway_ZeroesTheKeyWhenItEnds()
    {
        var key = new CountingKey();
        using (key.Use())
        {
            using (key.Use())
            {
                key.Dispose();
            }

            key.ZeroCount.Should().Be(0);
            key.Invoking(k => k.Use()).Should().Throw<ObjectDisposedException>();
        }

        key.ZeroCount.Should().Be(1);
        key.Dispose();
        key.ZeroCount.Should().Be(1);
    }

    private static ulong LargestMagnitude(CkksVector vector, int ciphertext)
    {
        ulong modulus = CkksParameters.Aggregation.Moduli[0];
        ulong largest = 0;
        foreach (ulong value in vector.Limb(ciphertext, polynomial: 0, limb: 0))
        {
            largest = Math.Max(largest, Math.Min(value, modulus - value));
        }

        return largest;
    }

    /// <summary>Runs an action in the middle of an operation: at its n-th request for randomness.</summary>
    private sealed class InterruptingRandomSource : UnhedgedRandomSource
    {
        private readonly DeterministicRandomSource _random = new(6);
        private int _callsLeft;
        private Action? _action;

        public void Interrupt(int call, Action action) => (_callsLeft, _action) = (call, action);

        public override void Fill(Span<byte> destination)
        {
            _random.Fill(destination);
            if (--_callsLeft == 0)
            {
                _action?.Invoke();
            }
        }
    }

    private sealed class CountingKey() : SecretKey(default, default, SecretKeyExportPolicy.None)
    {
        public int ZeroCount { get; private set; }

        protected override int MaterialLength => 0;

        protected override void CopyMaterial(Span<byte> destination)
        {
        }

        protected override void ZeroMaterial() => ZeroCount++;
    }
}
