namespace FedHe.MLBridge.Sensitivity;

/// <summary>The derivatives with respect to the label that make up the sensitivity of a sample.</summary>
/// <remarks>
/// The loss of a sample with label vector y (one entry for each class) is affine or quadratic in y, so J[m, c] = d/dy_c
/// (d loss / d w_m) needs no second-order differentiation. Source: FedML-HE, section 2.4, whose y_k is read as the
/// entry of the true label by default.
/// </remarks>
public enum LabelSensitivity
{
    /// <summary>
    /// The magnitude |J[m, y]| for the true label y, at one backward pass per sample; for cross-entropy it is the
    /// gradient's magnitude.
    /// </summary>
    TrueLabel = 0,

    /// <summary>
    /// The magnitude |sum_c v_c J[m, c]| for independent random signs v, whose mean square is sum_c J[m, c]^2. It
    /// covers all classes at one backward pass per sample.
    /// </summary>
    /// <remarks>Source: Hutchinson, Communications in Statistics 19(2), 1990.</remarks>
    RandomSigns = 1,

    /// <summary>The exact norm sqrt(sum_c J[m, c]^2), at one backward pass for each class of each sample.</summary>
    AllClasses = 2,
}
