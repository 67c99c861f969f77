namespace FedHe.MLBridge.Sensitivity;

/// <summary>Computes the sensitivity map of a client.</summary>
public interface ISensitivityEstimator
{
    /// <summary>Computes the map of a model on a client's samples.</summary>
    /// <param name="gradients">The model and its samples.</param>
    /// <param name="cancellationToken">Ends the computation between two samples.</param>
    /// <exception cref="ArgumentException">A gradient is not a finite number, or all of them are zero.</exception>
    /// <exception cref="OperationCanceledException">The computation was ended.</exception>
    SensitivityMap Estimate(ILabelGradients gradients, CancellationToken cancellationToken = default);
}
