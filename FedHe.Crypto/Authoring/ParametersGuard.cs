using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Authoring;

/// <summary>A parameters guard refuses parameters of another scheme, in the same words for every scheme.</summary>
public static class ParametersGuard
{
    /// <summary>Casts parameters to the parameter type of a scheme.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="schemeName">Name of the scheme that is asked to use them.</param>
    /// <exception cref="HeParameterException">The parameters belong to another scheme.</exception>
    public static TParameters Check<TParameters>(HeParameters parameters, string schemeName)
        where TParameters : HeParameters
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return parameters as TParameters ?? throw Throw.WrongScheme(schemeName);
    }
}
