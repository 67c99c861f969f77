using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;
using FedHe.MLBridge.Updates;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Chooses the scheme. This is the only place of this layer that names one.</summary>
public static class FederationBuilderExtensions
{
    /// <summary>Uses any scheme, such as the one of a package that this library does not know.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="scheme">The scheme. One that protects nothing is refused when the host starts.</param>
    /// <param name="parameters">Its parameters, or null for its default ones.</param>
    public static FederationBuilder UseScheme(this FederationBuilder builder, IHeScheme scheme, HeParameters? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(scheme);
        builder.Services.Configure<FederationOptions>(options =>
        {
            options.Scheme = scheme;
            options.Parameters = parameters;
        });
        return builder;
    }

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
    /// Uses the managed CKKS scheme with exact integers: averages are exact for values rounded to the given bits, whatever
    /// the noise, and may be published (<see cref="IDecryptor.DecryptPublic"/>). State a
    /// <see cref="TransferPrecision"/> in the terms, so that uploads leave out what was planned.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="precisionBits">Bits of a value, 2 to 32.</param>
    /// <param name="largestTotalWeight">Largest total weight of a round; with hidden weights, the number of clients.</param>
    /// <param name="traffic">Which uploads and sums to plan for.</param>
    /// <exception cref="HeParameterException">Not even one such value fits a coefficient beside the noise.</exception>
    public static FederationBuilder UseExactCkks(
        this FederationBuilder builder, int precisionBits, long largestTotalWeight, CkksTraffic traffic = CkksTraffic.SeedLists)
        => builder.UseCkks(CkksParameters.ForExactIntegers(precisionBits, largestTotalWeight, traffic));

    /// <summary>
    /// Uses the Paillier scheme: exact sums under an assumption about factoring, without security against quantum computers,
    /// larger and slower than CKKS.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="parameters">The parameters, or null for <see cref="PaillierParameters.Default"/>.</param>
    /// <param name="options">
    /// The contexts' working options, or null for the defaults; clients that train for a while may compute randomness meanwhile.
    /// </param>
    public static FederationBuilder UsePaillier(
        this FederationBuilder builder, PaillierParameters? parameters = null, PaillierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<FederationOptions>(federation =>
        {
            federation.Scheme = new PaillierScheme(options);
            federation.Parameters = parameters ?? PaillierParameters.Default;
        });
        return builder;
    }

    /// <summary>
    /// Uses the scheme that encrypts nothing, and allows it: everybody who sees the traffic sees the models. For tests and
    /// debugging.
    /// </summary>
    public static FederationBuilder UseInsecurePlain(this FederationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<FederationOptions>(options =>
        {
            options.Scheme = new InsecurePlainScheme();
            options.Parameters = InsecurePlainParameters.Default;
            options.Safety = options.Safety with { AllowInsecure = true };
        });
        return builder;
    }
}
