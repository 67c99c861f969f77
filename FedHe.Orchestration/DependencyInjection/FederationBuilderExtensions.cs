using FedHe.Crypto.Ckks;
using FedHe.Crypto.Plain;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Orchestration;

/// <summary>Chooses the scheme. This is the only place of this layer that names one.</summary>
public static class FederationBuilderExtensions
{
    /// <summary>Uses the managed CKKS scheme.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="parameters">The parameters, or null for <see cref="CkksParameters.Aggregation"/>.</param>
    public static FederationBuilder UseCkks(this FederationBuilder builder, CkksParameters? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<FederationOptions>(options =>
        {
            options.Scheme = new CkksScheme();
            options.Parameters = parameters ?? CkksParameters.Aggregation;
        });
        return builder;
    }

    /// <summary>
    /// Uses the scheme that encrypts nothing, and allows it: whoever sees the traffic sees the models. For tests and
    /// debugging.
    /// </summary>
    public static FederationBuilder UseInsecurePlain(this FederationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<FederationOptions>(options =>
        {
            options.Scheme = new InsecurePlainScheme();
            options.Parameters = InsecurePlainParameters.Default;
            options.AllowInsecurePlain = true;
        });
        return builder;
    }
}
