using FedHe.Crypto.Kernels.Memory;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Orchestration.Updates;

/// <summary>
/// An update codec turns a trained model into the update that a job's clients encrypt, and an opened sum of updates into the next model.
/// </summary>
/// <param name="job">The job, whose update terms say what an update is.</param>
internal sealed class UpdateCodec(FederationJob job)
{
    /// <summary>Returns what a client encrypts; the caller disposes it.</summary>
    /// <param name="trained">The model after training.</param>
    /// <param name="baseModel">The model that the round began from.</param>
    /// <param name="policy">The treatment of values outside their bounds.</param>
    /// <param name="privacy">The mechanism of a job whose privacy terms are for clients, or null.</param>
    public EncodedUpdate Encode(ModelParameters trained, ModelParameters baseModel, BoundPolicy policy, IDifferenceMechanism? privacy)
    {
        IFlatModel values = job.Update.Kind == UpdateKind.Difference ? new ModelDifference(trained, baseModel) : trained;
        if (job.Update.Privacy?.IsNoiseShared == true)
        {
            // Never an update without noise, nor a model in the place of gradients.
            return Privatize(values, privacy ?? throw new PrivacyRefusedException(PrivacyRefusal.NoProvider));
        }

        if (job.Update.Integers is not IntegerTerms terms)
        {
            return new EncodedUpdate(values, []);
        }

        long[] integers = IntegerUpdates.Round(values, terms.Step, terms.Bound, policy, out ClampReport clamped);
        return new EncodedUpdate(new IntegerVector(job.UploadTerms, integers, terms.Bound), integers, clamped.Total);
    }

    /// <summary>Returns what a client of a job of distributed gradients encrypts; the caller disposes it.</summary>
    /// <param name="gradient">The sum of clipped gradients.</param>
    /// <param name="privacy">The mechanism that adds the client's share of the noise.</param>
    /// <remarks>The opened average of the integers is added to the model, so the integers go down the gradient.</remarks>
    public EncodedUpdate Encode(GradientSum gradient, IGradientMechanism privacy)
    {
        long[] integers = SecretMemory.Allocate<long>(gradient.Units.Length);
        try
        {
            privacy.AddNoise(gradient.Units.Span, integers);
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
    /// <param name="baseModel">The model that the round began from.</param>
    /// <param name="template">The model whose buffers the next model has.</param>
    /// <param name="step">The step of the job's optimizer, or null without one.</param>
    public AveragedModel Decode(
        AggregateDecryptor decryptor, EncryptedAggregate aggregate, ModelParameters baseModel, ModelParameters template, OptimizerStep? step)
    {
        // Never a model that the optimizer of the job did not move.
        if (step is null != job.Update.Optimizer is null)
        {
            throw new InvalidOperationException("A sum is opened with the optimizer of its job, and with no other.");
        }

        bool isDifference = job.Update.Kind == UpdateKind.Difference;
        if (job.Update.Integers is IntegerTerms terms)
        {
            // What clip, random rounding and noise change is no error of the sum.
            double inputError = job.Update.Privacy?.IsNoiseShared == true ? 0 : terms.Step / 2;
            return decryptor.DecryptIntegers(aggregate, terms.Bound, terms.Step, inputError, isDifference ? baseModel : null, template, step);
        }

        return isDifference ? decryptor.DecryptDifference(aggregate, baseModel, template, step) : decryptor.Decrypt(aggregate, template);
    }

    private EncodedUpdate Privatize(IFlatModel difference, IDifferenceMechanism privacy)
    {
        double[] values = SecretMemory.Allocate<double>(difference.Layout.ParameterCount);
        long[] integers = SecretMemory.Allocate<long>(values.Length);
        try
        {
            difference.CopyFlatTo(0, values);
            privacy.Privatize(values, integers);
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
