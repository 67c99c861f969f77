namespace FedHe.MLBridge.Sensitivity;

/// <summary>A sensitivity estimator computes a client's sensitivity map.</summary>
public interface ISensitivityEstimator
{
    /// <summary>Computes the sensitivity map of a model from a client's samples.</summary>
    /// <param name="gradients">The model and its samples.</param>
    /// <param name="cancellationToken">Stops the computation between two samples.</param>
    /// <exception cref="ArgumentException">A gradient is not a finite number, or all gradients are zero.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    SensitivityMap Estimate(ILabelGradients gradients, CancellationToken cancellationToken = default);
}
