using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Updates;

/// <summary>
/// An update codec turns a trained model into the update that a job's clients encrypt, and an opened sum of updates into the next model.
/// </summary>
/// <param name="job">The job, whose update terms say what an update is.</param>
/// <param name="privacy">The mechanism of a job with privacy terms; null for other jobs, and for an observer, whose jobs rotate nothing.</param>
internal sealed class UpdateCodec(FederationJob job, IPrivacyMechanism? privacy)
{
    /// <summary>Returns what a client encrypts; the caller disposes it.</summary>
    /// <param name="round">The round.</param>
    /// <param name="trained">The model after training.</param>
    /// <param name="baseModel">The model that the round began from.</param>
    /// <param name="place">The sum that the update is for.</param>
    /// <param name="policy">The treatment of values outside their bounds.</param>
    /// <exception cref="HeMismatchException">The trained model has another layout than the job.</exception>
    public EncodedUpdate Encode(int round, ModelParameters trained, ModelParameters baseModel, DifferencePlace place, BoundPolicy policy)
    {
        if (job.Update.Squeeze is not null)
        {
            throw new InvalidOperationException("A difference of which some values travel is squeezed together with the client's residual.");
        }

        if (job.Update.Controls is not null)
        {
            throw new InvalidOperationException("A difference of a job with control terms has the difference of the client's control variate behind it.");
        }

        RoundTerms terms = job.TermsOf(round);
        if (terms.Moving is not null)
        {
            (trained, baseModel) = (InRound(trained, terms), InRound(baseModel, terms));
        }

        IFlatModel values = job.Update.Kind == UpdateKind.Difference ? new ModelDifference(trained, baseModel) : trained;
        if (job.Update.Privacy?.IsNoiseShared == true)
        {
            // Never an update without noise, nor a model in the place of gradients.
            return Privatize(values, place, privacy as IDifferenceMechanism ?? throw new PrivacyRefusedException(PrivacyRefusal.NoProvider));
        }

        if (job.Update.Integers is not IntegerTerms whole)
        {
            return new EncodedUpdate(values, []);
        }

        long[] integers = IntegerUpdates.Round(values, whole.Step, whole.Bound, policy, out ClampReport clamped);
        return new EncodedUpdate(new IntegerVector(terms.Upload, integers, whole.Bound), integers, clamped.Total);
    }

    /// <summary>Returns what a client of a job of distributed gradients encrypts; the caller disposes it.</summary>
    /// <param name="gradient">The sum of clipped gradients.</param>
    /// <remarks>The opened average of the integers is added to the model, so the integers go down the gradient.</remarks>
    public EncodedUpdate Encode(GradientSum gradient)
    {
        IGradientMechanism noise = privacy as IGradientMechanism ?? throw new PrivacyRefusedException(PrivacyRefusal.NoProvider);
        long[] integers = SecretMemory.Allocate<long>(gradient.Units.Length);
        try
        {
            noise.AddNoise(gradient.Units.Span, integers);
            foreach (ref long value in integers.AsSpan())
            {
                value = -value;
            }

            return new EncodedUpdate(new IntegerVector(job.UploadTerms, integers, job.Update.Integers!.Bound), integers);
        }
        catch
        {
            SecretMemory.Zero<long>(integers);
            throw;
        }
    }

    /// <summary>Decrypts an aggregate and returns the next model.</summary>
    /// <param name="decryptor">Decrypts the aggregate.</param>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="round">The round.</param>
    /// <param name="place">The place of the sum.</param>
    /// <param name="baseModel">The model that the round began from.</param>
    /// <param name="template">The model whose buffers the next model has.</param>
    /// <param name="step">The step of the job's optimizer, or null without one.</param>
    /// <param name="squeeze">The pass whose positions travelled, or null where all values did.</param>
    /// <param name="mean">The mean of all clients' control variates in the round, or null without control terms.</param>
    public OpenedModel Decode(
        AggregateDecryptor decryptor,
        EncryptedAggregate aggregate,
        int round,
        DifferencePlace place,
        ModelParameters baseModel,
        ModelParameters template,
        OptimizerStep? step,
        SqueezePass? squeeze = null,
        ControlVariate? mean = null)
    {
        if (job.TermsOf(round).Moving is not AdapterHalf moving)
        {
            return Decode(decryptor, aggregate, place, baseModel, template, step, squeeze, mean);
        }

        // The half that the round keeps is the one of the model that it began from, and no other model's.
        AdapterLayout adapters = AdapterLayout.Of(job.Terms.Layout);
        OpenedModel opened = Decode(
            decryptor, aggregate, place, InRound(baseModel, job.TermsOf(round)), adapters.WithFrozen(template, baseModel, moving), step, squeeze: null, mean: null);
        return opened with { Average = opened.Average with { Parameters = opened.Average.Parameters.As(job.Terms.Layout) } };
    }

    private OpenedModel Decode(
        AggregateDecryptor decryptor,
        EncryptedAggregate aggregate,
        DifferencePlace place,
        ModelParameters baseModel,
        ModelParameters template,
        OptimizerStep? step,
        SqueezePass? squeeze,
        ControlVariate? mean)
    {
        // Never a model that the optimizer of the job did not move.
        if (step is null != job.Update.Optimizer is null || squeeze is null != job.Update.Squeeze is null || mean is null != job.Update.Controls is null)
        {
            throw new InvalidOperationException("A sum is opened with the optimizer, the squeeze and the control variates of its job, and with no other.");
        }

        if (mean is not null)
        {
            AveragedModel moved = decryptor.DecryptControlled(
                aggregate, job.Update.Controls!, mean, job.Roster.Clients.Count, baseModel, template, out ControlVariate after);
            return new OpenedModel(moved, Mean: after);
        }

        if (squeeze is not null)
        {
            AveragedModel average = decryptor.DecryptSqueezed(aggregate, squeeze, baseModel, template, out SqueezePass next);
            return new OpenedModel(average, Squeeze: next);
        }

        bool isDifference = job.Update.Kind == UpdateKind.Difference;
        if (job.Update.Privacy is { Rotation: not null } or { AdaptiveClip: not null })
        {
            return DecodePrivate(decryptor, aggregate, place, baseModel, template, step);
        }

        if (job.Update.Integers is IntegerTerms terms)
        {
            // What clip, random rounding and noise change is no error of the sum.
            double inputError = job.Update.Privacy?.IsNoiseShared == true ? 0 : terms.Step / 2;
            return new OpenedModel(decryptor.DecryptIntegers(
                aggregate, terms.Bound, terms.Step, inputError, isDifference ? baseModel : null, template, step));
        }

        return new OpenedModel(isDifference ? decryptor.DecryptDifference(aggregate, baseModel, template, step) : decryptor.Decrypt(aggregate, template));
    }

    private ModelParameters InRound(ModelParameters model, RoundTerms terms)
        => model.Layout.Digest == job.Terms.Layout.Digest ? model.As(terms.Layout) : throw Throw.ModelOfAnotherLayout();

    private OpenedModel DecodePrivate(
        AggregateDecryptor decryptor,
        EncryptedAggregate aggregate,
        DifferencePlace place,
        ModelParameters baseModel,
        ModelParameters template,
        OptimizerStep? step)
    {
        IDifferenceMechanism mechanism = privacy as IDifferenceMechanism ?? throw new PrivacyRefusedException(PrivacyRefusal.NoProvider);
        PrivacyTerms privacyTerms = job.Update.Privacy!;
        IntegerTerms terms = job.Update.Integers!;
        double[] opened = SecretMemory.Allocate<double>(job.UploadTerms.Layout.ToArrayLength());
        try
        {
            decryptor.DecryptIntegers(aggregate, terms.Bound, opened);
            Span<double> sums = opened.AsSpan(0, UploadVector.CountOf(job.Update, template.Layout.ToArrayLength()));
            double unit = terms.Step;
            int clipPosition = place.ClipPosition;
            if (privacyTerms.AdaptiveClip is not null)
            {
                unit *= mechanism.ClipFactorAt(clipPosition);
                clipPosition = mechanism.FollowClip(clipPosition, (long)opened[^1], aggregate.Contributions);
            }

            double rotationError = 0;
            if (privacyTerms.Rotation is not null)
            {
                mechanism.RotateBack(sums, place);

                // Each of log2(length) additions rounds a number of at most length * bound clients' units, and the root of the length divides it.
                rotationError = Math.ScaleB(BitOperations.Log2((uint)sums.Length) * Math.Sqrt(sums.Length) * terms.Bound * unit, -52);
            }

            var average = AveragedModel.OfIntegers(
                sums[..template.Layout.ToArrayLength()], aggregate.Contributions, unit, rotationError, baseModel, template, step);
            return new OpenedModel(average, clipPosition);
        }
        finally
        {
            SecretMemory.Zero<double>(opened);
        }
    }

    private EncodedUpdate Privatize(IFlatModel difference, DifferencePlace place, IDifferenceMechanism mechanism)
    {
        double[] values = SecretMemory.Allocate<double>(difference.Layout.ToArrayLength());
        long[] integers = SecretMemory.Allocate<long>(job.UploadTerms.Layout.ToArrayLength());
        try
        {
            difference.CopyFlatTo(0, values);
            mechanism.Privatize(values, place, integers);
            return new EncodedUpdate(new IntegerVector(job.UploadTerms, integers, job.Update.Integers!.Bound), integers);
        }
        catch
        {
            SecretMemory.Zero<long>(integers);
            throw;
        }
        finally
        {
            SecretMemory.Zero<double>(values);
        }
    }
}
