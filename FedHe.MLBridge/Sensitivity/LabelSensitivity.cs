namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// Which derivatives by the label make up the sensitivity of a sample. The loss of a sample with label vector y (one
/// entry a class) is affine or quadratic in y, so J[m, c] = d/dy_c (d loss / d w_m) needs no second-order differentiation.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.4, whose y_k is read as the entry of the true label by default.</remarks>
public enum LabelSensitivity
{
    /// <summary>|J[m, y]| of the true label y: one backward pass a sample. For cross-entropy it is the gradient's magnitude.</summary>
    TrueLabel = 0,

    /// <summary>
    /// |sum_c v_c J[m, c]| with independent random signs v, whose square is sum_c J[m, c]^2 in the mean: all classes in one
    /// backward pass a sample.
    /// </summary>
    /// <remarks>Hutchinson, Communications in Statistics 19(2), 1990.</remarks>
    RandomSigns = 1,

    /// <summary>sqrt(sum_c J[m, c]^2), exactly: a backward pass for each class of each sample.</summary>
    AllClasses = 2,
}
