using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Parties;

/// <summary>Adds what a party has one of, and refuses a second one, which would be passed over in silence.</summary>
internal static class KeyedServices
{
    public static void AddKeyedOnce<T>(this IServiceCollection services, string key, Func<IServiceProvider, T> create)
        where T : class
    {
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(T) && Equals(service.ServiceKey, key)))
        {
            throw new InvalidOperationException($"'{key}' has a {typeof(T).Name} already. Name one, or give the parties of this host different names.");
        }

        services.AddKeyedSingleton(key, (provider, _) => create(provider));
    }
}
