using System.Buffers.Binary;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>
/// A fake provider makes correlated noise that a test knows: each row is new noise minus the new noise of the row before. A sequence costs an epsilon of 2, and a sum outside a sequence costs 1.
/// </summary>
internal sealed class FakeCorrelatedPrivacy : IPrivacyProvider
{
    private readonly Random _random = new(20_261_130);

    /// <summary>Every noised vector that a client made, in order, with the number of rows that were kept before it.</summary>
    public List<(int Row, long[] Values)> Made { get; } = [];

    /// <summary>The mechanism of every client, in the order in which they were created.</summary>
    public List<Mechanism> Mechanisms { get; } = [];

    public IPrivacyMechanism Create(FederationJob job)
    {
        var mechanism = new Mechanism(this, job);
        Mechanisms.Add(mechanism);
        return mechanism;
    }

    internal sealed class Mechanism(FakeCorrelatedPrivacy provider, FederationJob job) : IDifferenceMechanism, IGradientMechanism, ICorrelatedMechanism
    {
        private long _kept;
        private long? _prepared;

        public int Rows { get; private set; }

        public bool IsDisposed { get; private set; }

        public void Privatize(Span<double> difference, DifferencePlace place, Span<long> destination)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (long)Math.Round(difference[i] / job.Update.Integers!.Step);
            }

            AddRow(destination);
        }

        public void RotateBack(Span<double> sums, DifferencePlace place) => throw new NotSupportedException();

        public double ClipFactorAt(int clipPosition) => throw new NotSupportedException();

        public int FollowClip(int clipPosition, long bits, int contributors) => throw new NotSupportedException();

        public void AddNoise(ReadOnlySpan<long> sum, Span<long> destination)
        {
            sum.CopyTo(destination);
            AddRow(destination);
        }

        public void Keep()
        {
            _kept = _prepared ?? throw new InvalidOperationException();
            _prepared = null;
            Rows++;
        }

        public void Restart() => (_kept, _prepared, Rows) = (0, null, 0);

        public byte[] Save(ISecretProtector protector, ReadOnlySpan<byte> context)
        {
            var secret = new byte[20];
            BinaryPrimitives.WriteInt64LittleEndian(secret, _kept);
            BinaryPrimitives.WriteInt64LittleEndian(secret.AsSpan(8), _prepared ?? long.MinValue);
            BinaryPrimitives.WriteInt32LittleEndian(secret.AsSpan(16), Rows);
            return protector.Protect(secret, context);
        }

        public void Restore(ReadOnlySpan<byte> saved, ISecretProtector protector, ReadOnlySpan<byte> context, int rows)
        {
            using var secret = new PinnedBufferWriter();
            if (!protector.TryUnprotect(saved, context, secret))
            {
                throw new StateRefusedException(StateError.NotUnprotected);
            }

            _kept = BinaryPrimitives.ReadInt64LittleEndian(secret.WrittenSpan);
            long prepared = BinaryPrimitives.ReadInt64LittleEndian(secret.WrittenSpan[8..]);
            _prepared = prepared == long.MinValue ? null : prepared;
            Rows = BinaryPrimitives.ReadInt32LittleEndian(secret.WrittenSpan[16..]);
            if (Rows != rows)
            {
                throw new StateRefusedException(StateError.Inconsistent);
            }
        }

        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => charges.Sum(charge => charge.IsSequence ? 2.0 : charge.Count);

        public void Dispose() => IsDisposed = true;

        private void AddRow(Span<long> values)
        {
            lock (provider.Made)
            {
                long noise = provider._random.Next(1, 1000);
                foreach (ref long value in values)
                {
                    value += noise - _kept;
                }

                _prepared = noise;
                provider.Made.Add((Rows, values.ToArray()));
            }
        }
    }
}
