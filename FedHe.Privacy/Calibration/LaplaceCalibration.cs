using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Calibration;

/// <summary>The Laplace calibration relates the scale of Laplace noise to epsilon, for continuous and discrete noise alike.</summary>
/// <remarks>Source: Dwork, McSherry, Nissim and Smith, "Calibrating Noise to Sensitivity in Private Data Analysis", TCC 2006; the paper's lemma 3.8.</remarks>
public static class LaplaceCalibration
{
    /// <summary>Returns the scale b = sensitivity / epsilon, in units of the sensitivity.</summary>
    /// <param name="epsilon">Epsilon, positive.</param>
    /// <param name="sensitivity">The largest 1-norm by which one unit changes the sum, positive.</param>
    /// <returns>The scale.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double Scale(double epsilon, double sensitivity)
    {
        Throw.IfEpsilonOutOfRange(epsilon);
        Throw.IfSensitivityOutOfRange(sensitivity);
        return sensitivity / epsilon;
    }

    /// <summary>Returns epsilon = sensitivity / scale.</summary>
    /// <param name="scale">The scale b, positive.</param>
    /// <param name="sensitivity">The largest 1-norm by which one unit changes the sum, positive.</param>
    /// <returns>Epsilon.</returns>
    /// <exception cref="PrivacyException">A number is out of range.</exception>
    public static double Epsilon(double scale, double sensitivity)
    {
        Throw.IfNoiseOutOfRange(scale);
        Throw.IfSensitivityOutOfRange(sensitivity);
        return sensitivity / scale;
    }
}
