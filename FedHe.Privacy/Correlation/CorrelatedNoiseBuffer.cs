using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;
using FedHe.Privacy.States;

namespace FedHe.Privacy.Correlation;

/// <summary>
/// A buffer of correlated noise is what one party keeps between rounds: the seeds of its noise in rounds whose sums hold its contribution. It is
/// secret, and not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A round is prepared by <see cref="AddTo"/> and kept by <see cref="Keep"/> once the sum that holds it is opened. An attempt that failed is prepared anew, with
/// new noise. Noise is drawn again from the seeds, so that a party keeps 32 bytes a round instead of a vector.
/// </para>
/// <para>
/// A host that outlives its process writes <see cref="Save"/> to disk before a contribution leaves, and then <see cref="Stamp"/> to another place. Seeds
/// are drawn anew for every contribution and never follow from kept ones, so that even two copies of one state add different fresh noise to different values.
/// </para>
/// </remarks>
public sealed class CorrelatedNoiseBuffer : IDisposable
{
    private readonly CorrelatedNoisePlan _plan;
    private readonly List<byte[]> _seeds;
    private byte[]? _pending;

    /// <summary>Begins a sequence.</summary>
    /// <param name="plan">The plan, which all parties have.</param>
    public CorrelatedNoiseBuffer(CorrelatedNoisePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        _seeds = [];
        Stamp = PrivacyStateStamp.First();
    }

    private CorrelatedNoiseBuffer(CorrelatedNoisePlan plan, NoiseBufferContent content, PrivacyStateStamp stamp)
    {
        _plan = plan;
        (Round, _pending, _seeds) = (content.Round, content.Pending, content.Seeds);
        Stamp = stamp;
    }

    /// <summary>The stamp of the present state, which changes with every preparation, kept round and restart.</summary>
    public PrivacyStateStamp Stamp { get; private set; }

    /// <summary>The number of rounds of this sequence that are kept, which is the number of the next round.</summary>
    public int Round { get; private set; }

    /// <summary>Restores a buffer from a saved state.</summary>
    /// <param name="state">The bytes that <see cref="Save"/> returned, which may come from anybody.</param>
    /// <param name="plan">The plan that the state was made with.</param>
    /// <param name="open">Decrypts the seeds.</param>
    /// <param name="newest">The stamp of the newest state that the host knows of, kept apart from the states.</param>
    /// <param name="openedRounds">
    /// The number of rounds of this sequence whose sums were opened. One more than the state has kept means that the sum of the round that was prepared last
    /// was opened: the round is kept.
    /// </param>
    /// <returns>The buffer, of a new life. Save it before it is used.</returns>
    /// <remarks>
    /// A party whose state is refused or lost, or whose opened sum holds an earlier preparation than the last one, must not go on with the sequence: all parties
    /// restart, and the next sequence is paid for anew.
    /// </remarks>
    /// <exception cref="PrivacyException">
    /// The bytes are no such state, of another plan, older than the newest one or than the rounds that were opened, or cannot be decrypted.
    /// </exception>
    public static CorrelatedNoiseBuffer Restore(
        ReadOnlySpan<byte> state, CorrelatedNoisePlan plan, SecretOpener open, PrivacyStateStamp newest, int openedRounds)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(open);
        NoiseBufferContent content = NoiseBufferFormat.Read(state, plan, open, newest, out PrivacyStateStamp stamp);
        var buffer = new CorrelatedNoiseBuffer(plan, content, stamp);
        try
        {
            buffer.Stamp = stamp.NextLife();
            if (buffer._pending is not null && openedRounds == (long)buffer.Round + 1)
            {
                buffer.Keep();
            }

            return openedRounds == buffer.Round ? buffer : throw Throw.OutdatedState();
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>This method writes the state; a host calls it before a prepared contribution leaves, and again after the round is kept.</summary>
    /// <param name="seal">Encrypts the seeds, which are as secret as the contributions that they hide.</param>
    /// <returns>The bytes.</returns>
    public byte[] Save(SecretSealer seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        return NoiseBufferFormat.Write(_plan, Stamp, new NoiseBufferContent(Round, _pending, _seeds), seal);
    }

    /// <summary>Turns a party's integers into its contribution to the next round: D times each, the correlated noise and the dither.</summary>
    /// <param name="values">The integers, which are changed in place. Products wrap around as integers of 64 bits do; plan the range.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads.</param>
    /// <exception cref="PrivacyException">The sequence has no more rounds, or the length differs from the plan.</exception>
    /// <exception cref="Crypto.Errors.HeRandomnessException">The operating system gives no random bytes; the values are unchanged.</exception>
    public void AddTo(Memory<long> values, int maxDegreeOfParallelism = 1)
    {
        if (Round >= _plan.Correlation.Schedule.Rounds)
        {
            throw Throw.SequenceEnded();
        }

        if (values.Length != _plan.Dimension)
        {
            throw Throw.WrongLength("The vector must have the number of coordinates of the plan.");
        }

        Forget(ref _pending);
        Stamp = Stamp.Next();
        byte[] seed = DrawSeed(values.Span, maxDegreeOfParallelism);
        foreach (ref long value in values.Span)
        {
            value *= _plan.Correlation.Denominator;
        }

        long[] noise = SecretMemory.Allocate<long>(values.Length);
        try
        {
            AddNoise(values.Span, noise, seed, 0, maxDegreeOfParallelism);
            for (int j = 1; j < _plan.Correlation.Coefficients.Count && j <= _seeds.Count; j++)
            {
                AddNoise(values.Span, noise, _seeds[^j], j, maxDegreeOfParallelism);
            }

            _plan.Dither.AddTo(values, maxDegreeOfParallelism);
            _pending = seed;
        }
        catch
        {
            SecretMemory.Zero<byte>(seed);
            throw;
        }
        finally
        {
            SecretMemory.Zero<long>(noise);
        }
    }

    /// <summary>Keeps the round that was prepared last: its sum was opened, and all planned parties contributed.</summary>
    /// <exception cref="InvalidOperationException">No round was prepared.</exception>
    public void Keep()
    {
        _seeds.Add(_pending ?? throw Throw.NothingPrepared());
        _pending = null;
        Round++;
        Stamp = Stamp.Next();
        if (_seeds.Count >= _plan.Correlation.Coefficients.Count)
        {
            CryptographicOperations.ZeroMemory(_seeds[0]);
            _seeds.RemoveAt(0);
        }
    }

    /// <summary>Forgets all noise: other parties contributed than planned, and the next round begins a new sequence.</summary>
    public void Restart()
    {
        Forget(ref _pending);
        foreach (byte[] seed in _seeds)
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        _seeds.Clear();
        Round = 0;
        Stamp = Stamp.Next();
    }

    /// <summary>Zeroes all seeds.</summary>
    public void Dispose() => Restart();

    private static byte[] DrawSeed(ReadOnlySpan<long> values, int maxDegreeOfParallelism)
    {
        Span<byte> inputs = stackalloc byte[WordStream.SeedLength + PlaintextHasher.DigestLength];
        byte[] seed = SecretMemory.Allocate<byte>(WordStream.SeedLength);
        using var hasher = new PlaintextHasher();
        hasher.Append(values, maxDegreeOfParallelism);
        HedgedRandom.Fill(inputs[..WordStream.SeedLength]);
        hasher.CopyDigestTo(inputs[WordStream.SeedLength..]);
        SHA256.HashData(inputs, seed);
        CryptographicOperations.ZeroMemory(inputs);
        return seed;
    }

    private static void Forget(ref byte[]? seed)
    {
        if (seed is not null)
        {
            CryptographicOperations.ZeroMemory(seed);
            seed = null;
        }
    }

    private void AddNoise(Span<long> values, long[] noise, byte[] seed, int age, int maxDegreeOfParallelism)
    {
        Array.Clear(noise);
        _plan.Fresh.AddSeeded(noise, seed, maxDegreeOfParallelism);
        long coefficient = _plan.Correlation.Coefficients[age];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = unchecked(values[i] + (coefficient * noise[i]));
        }
    }
}
