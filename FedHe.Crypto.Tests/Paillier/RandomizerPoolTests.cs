using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Paillier;

public sealed class RandomizerPoolTests
{
    private const int Length = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Pool_Untouched_FillsToItsCapacityAndStops()
    {
        var source = new CountingSource();
        using var pool = new RandomizerPool(source, capacity: 21, Length);

        await pool.Filling.WaitAsync(Patience);

        pool.Count.Should().Be(21).And.Be(pool.Capacity);
        source.Created.Should().Be(21, "it computes no more than it may keep");
    }

    [Fact]
    public async Task Take_FromManyThreads_NeverGivesTheSameTwice()
    {
        const int Threads = 8;
        var source = new CountingSource();
        using var pool = new RandomizerPool(source, capacity: 10, Length);
        var taken = new List<int>[Threads];

        var threads = Enumerable.Range(0, Threads).Select(index => new Thread(() => taken[index] = TakeSome(pool))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        taken.SelectMany(each => each).Should().OnlyHaveUniqueItems().And.NotContain(0, "zero is what is left of those that were taken");
        await pool.Filling.WaitAsync(Patience);
        pool.Count.Should().Be(10, "it fills up again");
    }

    [Fact]
    public async Task Take_MoreThanThereIs_GivesWhatThereIs()
    {
        using var pool = new RandomizerPool(new CountingSource(), capacity: 3, Length);
        await pool.Filling.WaitAsync(Patience);
        var destination = new byte[5 * Length];

        pool.Take(destination).Should().Be(3);

        destination.AsSpan(3 * Length).IndexOfAnyExcept((byte)0).Should().Be(-1);
        Enumerable.Range(0, 3).Select(i => BitConverter.ToInt32(destination, i * Length)).Should().BeEquivalentTo([1, 2, 3]);
    }

    [Fact]
    public void Dispose_Whenever_LeavesNothingAndStopsFilling()
    {
        var source = new CountingSource();
        var pool = new RandomizerPool(source, capacity: 1 << 20, Length);
        while (pool.Count == 0)
        {
            Thread.Yield();
        }

        pool.Dispose();
        pool.Dispose();

        pool.Filling.IsCompleted.Should().BeTrue();
        pool.Count.Should().Be(0);
        pool.IsZeroed.Should().BeTrue();
        source.Created.Should().BeLessThan(1 << 20);
        pool.Take(new byte[Length]).Should().Be(0);
    }

    [Fact]
    public async Task Take_AfterFillingFailed_ThrowsOnceAndFillsAgain()
    {
        var source = new CountingSource { Failure = new InvalidOperationException("no randomness") };
        using var pool = new RandomizerPool(source, capacity: 4, Length);
        await pool.Filling.WaitAsync(Patience);
        var destination = new byte[Length];

        FluentActions.Invoking(() => pool.Take(destination)).Should().Throw<InvalidOperationException>().WithMessage("no randomness");
        source.Failure = null;
        pool.Take(destination).Should().Be(0);

        await pool.Filling.WaitAsync(Patience);
        pool.Take(destination).Should().Be(1);
    }

    [Fact]
    public async Task Taken_Randomizers_AreZeroedInThePool()
    {
        var source = new CountingSource { Limit = 8 };
        using var pool = new RandomizerPool(source, capacity: 8, Length);
        await pool.Filling.WaitAsync(Patience);

        pool.Take(new byte[8 * Length]).Should().Be(8);

        await pool.Filling.WaitAsync(Patience);
        pool.IsZeroed.Should().BeTrue("what was handed out is nowhere else");
    }

    [Fact]
    public async Task Encryptor_WithAPool_UsesWhatIsReadyAndComputesTheRest()
    {
        using HeContext context = new PaillierScheme(new PaillierOptions { RandomizerCapacity = 3 })
            .CreateContext(PaillierParameters.Create(100, 16, keyBits: 2048));
        using KeyPair keys = context.GenerateKeyPair();
        RandomizerPool pool = ((PaillierContext)context).PoolOf(keys.PublicKey)!;
        await pool.Filling.WaitAsync(Patience);
        IEncryptor encryptor = context.CreateEncryptor(keys.PublicKey);
        double[] values = [.. Enumerable.Range(0, 4 * context.Parameters.ValuesPerCiphertext).Select(i => Math.Sin(i))];

        using EncryptedVector vector = encryptor.Encrypt(values, 1);

        var decrypted = new double[values.Length];
        context.CreateDecryptor(keys.SecretKey).Decrypt(vector, decrypted);
        decrypted.Zip(values, (left, right) => Math.Abs(left - right)).Max().Should().BeLessThanOrEqualTo(vector.Bound.ErrorBound);
        context.Dispose();
        pool.Count.Should().Be(0);
        encryptor.Encrypt(values.AsSpan(0, 1), 1).Dispose();
        FluentActions.Invoking(() => context.CreateEncryptor(keys.PublicKey)).Should().Throw<ObjectDisposedException>();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData((1 << 20) + 1)]
    public void Options_SenselessCapacity_IsRefused(int capacity)
        => FluentActions.Invoking(() => new PaillierOptions { RandomizerCapacity = capacity }).Should().Throw<ArgumentOutOfRangeException>();

    private static List<int> TakeSome(RandomizerPool pool)
    {
        var taken = new List<int>();
        var destination = new byte[7 * Length];
        while (taken.Count < 200)
        {
            Thread.Yield();
            int count = pool.Take(destination);
            taken.AddRange(Enumerable.Range(0, count).Select(i => BitConverter.ToInt32(destination, i * Length)));
        }

        return taken;
    }

    /// <summary>Numbers from 1 on stand for randomness.</summary>
    private sealed class CountingSource : RandomizerSource
    {
        private int _created;

        public int Created => _created;

        public int Limit { get; init; } = int.MaxValue;

        public Exception? Failure { get; set; }

        public override void Create(Span<byte> randomizers, RandomSource random) => Create(randomizers);

        public override void Create(Span<byte> randomizers)
        {
            if (Failure is Exception failure)
            {
                throw failure;
            }

            for (int start = 0; start < randomizers.Length; start += Length)
            {
                int number = Interlocked.Increment(ref _created);
                if (number > Limit)
                {
                    throw new InvalidOperationException("enough");
                }

                BitConverter.TryWriteBytes(randomizers[start..], number);
            }
        }
    }
}
