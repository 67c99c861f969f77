using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;

namespace HospitalFedAvg.Federation;

/// <summary>Federated averaging without encryption is the yardstick for accuracy, exactness and time.</summary>
/// <remarks>Source: McMahan et al., AISTATS 2017, Algorithm 1.</remarks>
internal static class PlaintextFedAvg
{
    /// <summary>Computes the weighted average in single precision, as a plaintext server does.</summary>
    public static ModelParameters Average(ModelLayout layout, IReadOnlyList<UpdateLog.Entry> updates)
    {
        float total = updates.Sum(update => update.Weight);
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        foreach (TensorSpec tensor in layout.Tensors)
        {
            var sum = new float[tensor.ToArrayLength()];
            foreach (UpdateLog.Entry update in updates)
            {
                TensorPrimitives.MultiplyAdd(update.Parameters.Get<float>(tensor.Name), update.Weight / total, sum, sum);
            }

            builder.Set<float>(tensor.Name, sum);
        }

        return builder.Build();
    }

    /// <summary>Finds the largest difference between a decrypted parameter and its exact average, in double
    /// precision.</summary>
    public static double LargestDifference(AveragedModel decrypted, IReadOnlyList<UpdateLog.Entry> updates)
    {
        double total = updates.Sum(update => update.Weight);
        double largest = 0;
        foreach (TensorSpec tensor in decrypted.Parameters.Layout.Tensors)
        {
            var difference = new double[tensor.ToArrayLength()];
            TensorPrimitives.ConvertChecked<float, double>(decrypted.Parameters.Get<float>(tensor.Name), difference);
            foreach (UpdateLog.Entry update in updates)
            {
                ReadOnlySpan<float> values = update.Parameters.Get<float>(tensor.Name);
                for (int i = 0; i < difference.Length; i++)
                {
                    difference[i] -= update.Weight / total * values[i];
                }
            }

            largest = Math.Max(largest, Math.Abs(TensorPrimitives.MaxMagnitude<double>(difference)));
        }

        return largest;
    }
}
