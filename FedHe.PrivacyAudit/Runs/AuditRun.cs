using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Metrics;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>An audit run executes a plan and stores every finished attempt, so that a canceled run can resume.</summary>
public sealed class AuditRun
{
    private readonly AuditPlan _plan;
    private readonly AttemptStore _store;
    private readonly TimeProvider _time;

    /// <summary>Prepares the run of a plan.</summary>
    /// <param name="plan">The pictures, attacks and masks to run.</param>
    /// <param name="store">Finished attempts, of this run or of others.</param>
    /// <param name="time">Measures durations; null for the system's clock.</param>
    /// <exception cref="ArgumentException">The plan is empty, or a picture or mask does not fit the model.</exception>
    public AuditRun(AuditPlan plan, AttemptStore store, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.Restarts, 1, nameof(plan));
        foreach (AuditSample sample in plan.Samples)
        {
            if (plan.Model.SampleShape.Rank != 3 || !sample.Picture.Shape.Equals(plan.Model.SampleShape))
            {
                throw Throw.PictureDoesNotFit(sample.Name, nameof(plan));
            }
        }

        foreach (AuditMask mask in plan.Masks)
        {
            Throw.IfLengthDiffers(mask.Encrypted.Length, plan.Model.ParameterCount, nameof(plan));
        }

        _plan = plan;
        _store = store;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Runs every attack of the plan on every picture behind every mask, and reuses stored attempts.</summary>
    /// <param name="progress">The listener that is notified after every iteration, or null.</param>
    /// <param name="cancellationToken">Ends the run; finished attempts are kept in the store.</param>
    /// <returns>One result per mask, attack and picture, in that order.</returns>
    /// <exception cref="OperationCanceledException">The run was canceled.</exception>
    public IReadOnlyList<AuditResult> Execute(IProgress<AuditProgress>? progress, CancellationToken cancellationToken)
    {
        var results = new List<AuditResult>();
        int total = _plan.Masks.Count * _plan.Attacks.Count * _plan.Samples.Count;
        foreach (AuditMask mask in _plan.Masks)
        {
            foreach (IGradientAttack attack in _plan.Attacks)
            {
                foreach (AuditSample sample in _plan.Samples)
                {
                    IProgress<(int, AttackProgress)>? relay = progress is null ? null : new Relay(
                        progress, new AuditProgress(results.Count, total, mask, attack.Name, sample.Name, 1, default));
                    results.Add(Attack(mask, attack, sample, relay, cancellationToken));
                }
            }
        }

        return results;
    }

    /// <summary>Judges the stored attempts of the plan without making a new attempt.</summary>
    /// <returns>As <see cref="Execute"/>, without the results of which no attempt is stored.</returns>
    public IReadOnlyList<AuditResult> CollectStored()
    {
        var results = new List<AuditResult>();
        foreach (AuditMask mask in _plan.Masks)
        {
            foreach (IGradientAttack attack in _plan.Attacks)
            {
                foreach (AuditSample sample in _plan.Samples)
                {
                    ObservedGradient observed = Observe(mask, sample);
                    List<StoredAttempt> attempts = [.. Enumerable.Range(_plan.Seed, _plan.Restarts)
                        .Select(seed => _store.TryFind(AttemptKey.Of(_plan, observed, sample, attack, seed), out StoredAttempt? attempt)
                            && IsWhole(attempt) ? attempt : null)
                        .OfType<StoredAttempt>()];
                    if (attempts.Count > 0)
                    {
                        results.Add(Judge(mask, attack, sample, attempts));
                    }
                }
            }
        }

        return results;
    }

    private ObservedGradient Observe(AuditMask mask, AuditSample sample) => ObservedGradient.Of(
        _plan.Model, sample.Picture.Reshape(_plan.Model.SampleShape.Prepend(1)), [sample.Label], mask.Encrypted.Span);

    private AuditResult Attack(
        AuditMask mask,
        IGradientAttack attack,
        AuditSample sample,
        IProgress<(int, AttackProgress)>? progress,
        CancellationToken cancellationToken)
    {
        ObservedGradient observed = Observe(mask, sample);
        var attempts = new List<StoredAttempt>();
        for (int restart = 1; restart <= _plan.Restarts; restart++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int seed = _plan.Seed + restart - 1;
            string key = AttemptKey.Of(_plan, observed, sample, attack, seed);
            if (!_store.TryFind(key, out StoredAttempt? attempt) || !IsWhole(attempt))
            {
                int current = restart;
                attempt = Measure(attack, observed, new AttackAttempt(seed)
                {
                    IsGoodEnough = pixels => ErrorOf(sample, pixels) < _plan.RecoveredBelow,
                    Progress = progress is null ? null : new AttemptRelay(progress, current),
                    CancellationToken = cancellationToken,
                });
                _store.Add(key, attempt);
            }

            attempts.Add(attempt);
            if (ErrorOf(sample, attempt.Pixels) < _plan.RecoveredBelow)
            {
                break;
            }
        }

        return Judge(mask, attack, sample, attempts);
    }

    private StoredAttempt Measure(IGradientAttack attack, ObservedGradient observed, AttackAttempt attempt)
    {
        long start = _time.GetTimestamp();
        RecoveredImage image = attack.Recover(observed, attempt);
        return new StoredAttempt(
            image.Pixels.ToArray(), image.Label, image.Loss, image.Iterations, _time.GetElapsedTime(start).TotalSeconds);
    }

    private AuditResult Judge(AuditMask mask, IGradientAttack attack, AuditSample sample, List<StoredAttempt> attempts)
    {
        StoredAttempt best = attempts.MinBy(attempt => ErrorOf(sample, attempt.Pixels))!;
        ImagePlanes recovered = Planes(best.Pixels);
        ImageScores scores = ImageScores.Of(Planes(sample.Picture.Values.ToArray()), recovered);
        return new AuditResult(
            mask, attack.Name, sample, recovered, best.Label, scores, attempts.Count, attempts.Sum(attempt => attempt.Iterations),
            attempts.Sum(attempt => attempt.Seconds), scores.MeanSquaredError < _plan.RecoveredBelow);
    }

    private bool IsWhole([NotNullWhen(true)] StoredAttempt? attempt)
        => attempt?.Pixels?.Length == _plan.Model.SampleShape.ElementCount;

    private double ErrorOf(AuditSample sample, ReadOnlyMemory<float> pixels)
        => ImageSimilarity.MeanSquaredError(Planes(sample.Picture.Values.ToArray()), Planes(pixels));

    private ImagePlanes Planes(ReadOnlyMemory<float> pixels)
    {
        TensorShape shape = _plan.Model.SampleShape;
        return new ImagePlanes(shape[0], shape[1], shape[2], pixels);
    }

    private sealed class Relay(IProgress<AuditProgress> progress, AuditProgress state) : IProgress<(int, AttackProgress)>
    {
        public void Report((int, AttackProgress) value)
            => progress.Report(state with { Restart = value.Item1, Attempt = value.Item2 });
    }

    private sealed class AttemptRelay(IProgress<(int, AttackProgress)> progress, int restart) : IProgress<AttackProgress>
    {
        public void Report(AttackProgress value) => progress.Report((restart, value));
    }
}
