"""What campaigns, activities, templates, senders, brakes and sends may do. Nothing here touches the world."""
