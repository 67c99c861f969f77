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
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Keys;

#pragma warning disable IDE0130 // Extension methods of the container are where every host looks for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>
/// Extension methods that choose the encryption scheme of a federation. Apart from the reader of configuration, no other class of
/// this layer names a scheme.
/// </summary>
public static class FederationBuilderExtensions
{
    /// <summary>Uses any scheme, such as one from a package that this library does not know.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="scheme">The scheme; one that protects nothing is refused when the host starts.</param>
    /// <param name="parameters">The parameters of the scheme, or null for its default ones.</param>
    public static FederationBuilder UseScheme(this FederationBuilder builder, IHeScheme scheme, HeParameters? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(scheme);
        return builder.Configure(options => options.Choose(scheme, parameters));
    }

    /// <summary>Uses the managed CKKS scheme.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="parameters">The parameters, or null for <see cref="CkksParameters.Aggregation"/>.</param>
    public static FederationBuilder UseCkks(this FederationBuilder builder, CkksParameters? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Configure(options => options.Choose(new CkksScheme(), parameters ?? CkksParameters.Aggregation));
    }

    /// <summary>
    /// Uses the managed CKKS scheme with exact integers: averages are exact for values rounded to the given number of
    /// bits, whatever the noise, and may be published (<see cref="IDecryptor.DecryptPublic"/>). State a <see
    /// cref="TransferPrecision"/> in the terms, so that uploads leave out the planned bits.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="precisionBits">The number of bits of a value, 2 to 32.</param>
    /// <param name="largestTotalWeight">
    /// The largest total weight of a round; with hidden weights, the number of clients.
    /// </param>
    /// <param name="traffic">The uploads and sums to plan for.</param>
    /// <exception cref="HeParameterException">
    /// Not even one value of this precision fits a coefficient beside the noise.
    /// </exception>
    public static FederationBuilder UseExactCkks(
        this FederationBuilder builder, int precisionBits, long largestTotalWeight, CkksTraffic traffic = CkksTraffic.SeedLists)
        => builder.UseCkks(CkksParameters.ForExactIntegers(precisionBits, largestTotalWeight, traffic));

    /// <summary>
    /// Uses the Paillier scheme, which is larger and slower than CKKS and gives exact sums. Its security rests on an
    /// assumption about factoring and does not hold against quantum computers.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="parameters">The parameters, or null for <see cref="PaillierParameters.Default"/>.</param>
    /// <param name="options">
    /// The contexts' working options, or null for the defaults; they can let clients compute randomness while they
    /// train.
    /// </param>
    public static FederationBuilder UsePaillier(
        this FederationBuilder builder, PaillierParameters? parameters = null, PaillierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Configure(federation => federation.Choose(new PaillierScheme(options), parameters ?? PaillierParameters.Default));
    }

    /// <summary>
    /// Lets key authorities of this federation give the job's secret key to every client on the roster that signs its request, and ask
    /// nothing more. It is meant for tests, and for hosts that authenticate requests before they reach the authority.
    /// </summary>
    public static FederationBuilder AuthenticateByRosterAlone(this FederationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Name is string name)
        {
            builder.Services.AddKeyedSingleton<IClientAuthenticator, RosterAuthenticator>(name);
        }
        else
        {
            builder.Services.AddSingleton<IClientAuthenticator, RosterAuthenticator>();
        }

        return builder;
    }

    /// <summary>
    /// Uses the scheme that encrypts nothing, and allows it: everybody who sees the traffic sees the models. It is
    /// meant for tests and debugging.
    /// </summary>
    public static FederationBuilder UseInsecurePlain(this FederationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Configure(options =>
        {
            options.Choose(new InsecurePlainScheme(), InsecurePlainParameters.Default);
            options.Safety = options.Safety with { AllowInsecure = true };
        });
    }
}
